"""What both dialects let a caller choose for a note or a document."""

from enum import Enum


class VoiceStyle(str, Enum):
    goldilocks = "GOLDILOCKS"
    detailed = "DETAILED"
    brief = "BRIEF"
    super_detailed = "SUPER_DETAILED"
    my_voice = "MY_VOICE"


class Brain(str, Enum):
    left = "LEFT"
    right = "RIGHT"


class ContentType(str, Enum):
    markdown = "MARKDOWN"
    html = "HTML"
