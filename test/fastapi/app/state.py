"""Everything the service remembers, in memory, and how slow work gets done as time passes."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Dict, List, Optional, Tuple

from .errors import refuse
from .settings import Settings

TEMPLATES = [
    ("665f1d2c3b4a59687766554a", "SOAP note", "CONSULT_NOTE_TEMPLATE", ["Subjective", "Objective", "Plan"]),
    ("665f1d2c3b4a59687766554b", "Referral letter", "DOCUMENT_TEMPLATE", ["Findings", "Request"]),
]
DIALOGUE = "Doctor: What brings you in?\nPatient: A dry cough, three days now – “worse at night”, 38.2 °C."


def new_id() -> str:
    return secrets.token_hex(12)


def new_session_id() -> str:
    return str(10**37 + secrets.randbelow(9 * 10**38))


def now() -> datetime:
    """UTC without saying so, as `datetime.utcnow()` has it."""
    return datetime.utcnow()


@dataclass
class Audio:
    index: int
    filename: Optional[str]
    content_type: str
    text: str
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    # Set when a transcript is requested: transcription is lazy.
    ready_at: Optional[float] = None


@dataclass
class Segment:
    text: str
    ready_at: float


@dataclass
class Recording:
    id: str = field(default_factory=new_id)
    finished: bool = False
    segments: Dict[int, Segment] = field(default_factory=dict)


@dataclass
class ContextDocument:
    filename: str
    unstructured: bool
    ready_at: float
    id: str = field(default_factory=new_id)
    uploaded_at: datetime = field(default_factory=now)

    @property
    def status(self) -> str:
        return "READY" if self.ready_at <= time.monotonic() else "PARSING"


@dataclass
class Document:
    index: int
    name: str
    template_id: str
    content: str
    content_type: str
    id: str = field(default_factory=new_id)


@dataclass
class Profile:
    fields: dict
    id: str = field(default_factory=new_id)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)


@dataclass
class Session:
    id: str = field(default_factory=new_session_id)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    fields: dict = field(default_factory=dict)
    profile: Optional[Profile] = None
    audio: List[Audio] = field(default_factory=list)
    recordings: Dict[str, Recording] = field(default_factory=dict)
    context: List[ContextDocument] = field(default_factory=list)
    documents: List[Document] = field(default_factory=list)
    consult_note: Optional[dict] = None
    codes_ready_at: Dict[str, float] = field(default_factory=dict)

    def start_transcription(self, settings: Settings) -> None:
        for audio in self.audio:
            if audio.ready_at is None:
                audio.ready_at = time.monotonic() + settings.transcription_ms / 1000

    async def transcript(self, settings: Settings) -> str:
        """Transcribes what was uploaded, as long as that takes; the caller waits."""
        self.start_transcription(settings)
        ends = [audio.ready_at for audio in self.audio]
        await asyncio.sleep(max(0.0, max(ends, default=0.0) - time.monotonic()))
        return "\n".join(audio.text for audio in self.audio)

    def recording(self, recording_id: str) -> Recording:
        recording = self.recordings.get(recording_id)
        if recording is None:
            raise refuse(404, "RecordingNotFoundError", "Recording not found")
        if recording.finished:
            raise refuse(400, "RecordingFinishedError", "The recording is finished")
        return recording

    def codes_status(self, system: str, settings: Settings) -> str:
        ready_at = self.codes_ready_at.setdefault(system, time.monotonic() + settings.coding_ms / 1000)
        return "READY" if ready_at <= time.monotonic() else "PROCESSING"


@dataclass
class User:
    email: str
    internal_id: str
    linked_account: Optional[dict] = None
    profiles: List[Profile] = field(default_factory=list)
    sessions: Dict[str, Session] = field(default_factory=dict)

    def session(self, session_id: str) -> Session:
        session = self.sessions.get(session_id)
        if session is None:
            raise refuse(404, "SessionNotFoundError", "Session not found")
        return session

    def profile(self, profile_id: str) -> Profile:
        for profile in self.profiles:
            if profile.id == profile_id:
                return profile
        raise refuse(404, "PatientProfileNotFoundError", "Patient profile not found")

    def create_session(self, fields: dict) -> Session:
        profile_id = fields.pop("patient_profile_id", None)
        profile = None if profile_id is None else self.profile(profile_id)
        session = Session(fields=fields, profile=profile)
        self.sessions[session.id] = session
        return session

    def create_profile(self, fields: dict) -> Profile:
        profile = Profile(fields=fields)
        self.profiles.append(profile)
        return profile

    def find_profiles(self, ehr_patient_id: Optional[str], provider: Optional[str]) -> List[Profile]:
        wanted = {"ehr_patient_id": ehr_patient_id, "provider": provider}
        filters = {name: value for name, value in wanted.items() if value is not None}
        return [
            profile
            for profile in self.profiles
            if all(profile.fields.get(name) == value for name, value in filters.items())
        ]

    def link(self, profile: Profile, session_ids: List[str]) -> None:
        for session in [self.session(session_id) for session_id in session_ids]:
            session.profile = profile
            session.updated_at = now()

    def newest_sessions(self, page: int, page_size: int) -> Tuple[List[Session], bool]:
        newest = list(reversed(self.sessions.values()))
        start = (page - 1) * page_size
        return newest[start : start + page_size], len(newest) > start + page_size


class State:
    def __init__(self) -> None:
        self.users: Dict[Tuple[str, str], User] = {}

    def user(self, email: str, internal_id: str) -> User:
        return self.users.setdefault((email, internal_id), User(email, internal_id))
