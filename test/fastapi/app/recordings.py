"""Live recording in segments, transcripts and deletions: the same requests and answers in both dialects."""

import time
from typing import List

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile
from pydantic import BaseModel, Field

from .dependencies import is_audio, linked_user, not_audio, path_session, settings_of
from .received import ReceivedRoute
from .settings import Settings
from .state import Audio, Recording, Segment, Session, User, now

router = APIRouter(route_class=ReceivedRoute, tags=["Transcription"])
SEGMENTS = "/sessions/{session_id}/restful-segment-transcription"


@router.post(SEGMENTS)
async def create_recording(session: Session = Depends(path_session)) -> dict:
    recording = Recording()
    session.recordings[recording.id] = recording
    return {"recording_id": recording.id}


@router.post(SEGMENTS + "/{recording_id}:transcribe")
async def transcribe_segment(
    recording_id: str,
    session: Session = Depends(path_session),
    file: UploadFile = File(...),
    # A number as text: "0", "1", …
    index: str = Form(..., regex=r"^\d{1,6}$"),
    settings: Settings = Depends(settings_of),
) -> dict:
    recording = session.recording(recording_id)
    if not is_audio(file):
        raise not_audio(settings.dialect)
    content = await file.read()
    ready_at = time.monotonic() + settings.transcription_ms / 1000
    recording.segments[int(index)] = Segment(text=f"Segment {index} of {len(content)} bytes.", ready_at=ready_at)
    return {"is_success": True}


@router.post(SEGMENTS + "/{recording_id}:finish")
async def finish_recording(recording_id: str, session: Session = Depends(path_session)) -> dict:
    recording = session.recording(recording_id)
    recording.finished = True
    text = "\n".join(segment.text for _, segment in sorted(recording.segments.items()))
    if text:
        index = len(session.audio)
        session.audio.append(Audio(index=index, filename=None, content_type="audio/*", text=text, id=recording.id))
    session.updated_at = now()
    return {"is_success": True}


@router.get("/sessions/{session_id}/transcript")
async def get_transcript(
    session: Session = Depends(path_session), settings: Settings = Depends(settings_of)
) -> dict:
    """Answers when all that was uploaded is transcribed, which begins with this call."""
    transcript = await session.transcript(settings)
    language = session.fields.get("language_code") or "en"
    return {"session_id": session.id, "transcript": transcript, "language_code": language}


@router.get("/sessions/{session_id}/transcript/live")
async def get_live_transcript(
    recording_status: str = "in_progress",
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
) -> dict:
    session.start_transcription(settings)
    finished = recording_status == "finished"
    chunks = [chunk(audio.id, audio.text, audio.ready_at, "USER_UPLOADED") for audio in session.audio]
    recordings = [one for one in session.recordings.values() if one.finished == finished]
    for recording in recordings:
        for index, segment in sorted(recording.segments.items()):
            chunks.append(chunk(f"{recording.id}-{index}", segment.text, segment.ready_at, "LIVE"))
    ready = [one["text"] for one in chunks if one["status"] == "READY"]
    under_way = any(not one.finished for one in session.recordings.values())
    source = "LIVE" if under_way else "USER_UPLOADED"
    return {"session_id": session.id, "transcript": "\n".join(ready), "active_source": source, "chunks": chunks}


def chunk(id: str, text: str, ready_at: float, source: str) -> dict:
    ready = ready_at <= time.monotonic()
    return {
        "id": id,
        "status": "READY" if ready else "PENDING",
        "duration": 45.5,
        "text": text if ready else "",
        "source": source,
    }


@router.delete(
    "/sessions/{session_id}/context-documents",
    status_code=204,
    response_class=Response,
    tags=["Session Context"],
)
async def delete_context_documents(
    ids: List[str] = Query(..., min_items=1), session: Session = Depends(path_session)
) -> None:
    session.context = [document for document in session.context if document.id not in ids]


class BatchDelete(BaseModel):
    patient_profile_ids: List[str] = Field(..., min_items=1)


@router.post("/patient-profiles:batch-delete", tags=["Patient Profiles"])
async def batch_delete_patient_profiles(body: BatchDelete, user: User = Depends(linked_user)) -> None:
    user.profiles = [profile for profile in user.profiles if profile.id not in body.patient_profile_ids]
