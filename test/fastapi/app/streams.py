"""Ask Heidi: the same in both dialects."""

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from .choices import ContentType
from .dependencies import path_session, settings_of
from .received import ReceivedRoute
from .settings import Settings
from .state import Session
from .writing import stream

router = APIRouter(route_class=ReceivedRoute, tags=["Ask Heidi"])


class AskHeidi(BaseModel):
    ai_command_text: str
    content: str
    content_type: ContentType


@router.post("/sessions/{session_id}/ask-ai", response_class=StreamingResponse)
async def ask_heidi(
    body: AskHeidi, session: Session = Depends(path_session), settings: Settings = Depends(settings_of)
) -> StreamingResponse:
    transcript = await session.transcript(settings)
    last = transcript.split("\n")[-1] or "nothing was said"
    return stream(settings, f"You asked: {body.ai_command_text}\n\n  – {last}\nThat is all.\n")
