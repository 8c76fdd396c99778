"""The requests and answers of openapi/heidi.openapi.yaml: bare objects, lists under `data`."""

import time
from datetime import date, datetime, timezone
from enum import Enum
from typing import List, Optional

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from .choices import Brain, ContentType, VoiceStyle
from .dependencies import is_audio, linked_user, not_audio, path_profile, path_session, settings_of
from .received import ReceivedRoute
from .settings import Dialect, Settings
from .state import DIALOGUE, TEMPLATES, Audio, ContextDocument, Document, Profile, Session, User, now
from .tokens import current_user
from .writing import CODES, SIMILAR_CODE, answer_questions, compose, source_of, stream, template_named

router = APIRouter(route_class=ReceivedRoute)


class GenerationMethod(str, Enum):
    template = "TEMPLATE"


class CodingSystem(str, Enum):
    icd_10 = "ICD-10"
    icd_10_cm = "ICD-10-CM"
    icd_9 = "ICD-9"
    icd_9_cm = "ICD-9-CM"
    snomed = "SNOMED"
    snomed_ct = "SNOMED-CT"
    opcs = "OPCS-410"
    achi = "ACHI-13"
    cpt = "CPT-2025"


class PatientProfileCreate(BaseModel):
    first_name: Optional[str]
    last_name: Optional[str]
    date_of_birth: Optional[date]
    gender: Optional[str]
    ehr_patient_id: Optional[str]
    provider: Optional[str]


class PatientProfile(PatientProfileCreate):
    id: str
    created_at: datetime
    updated_at: datetime


class PatientProfiles(BaseModel):
    data: List[PatientProfile]


class LinkSession(BaseModel):
    session_id: str


class SessionCreate(BaseModel):
    patient_profile_id: Optional[str]
    ehr_appointment_id: Optional[str]


class SessionUpdate(BaseModel):
    duration: Optional[int]
    language_code: Optional[str]
    output_language_code: Optional[str]
    patient: Optional[dict]
    clinician_notes: Optional[List[str]]
    ehr_appointment_id: Optional[str]
    ehr_patient_id: Optional[str]
    consent_obtained: Optional[bool]
    linked_sessions_for_context: Optional[List[str]]
    generate_output_without_recording: Optional[bool]


class DocumentView(BaseModel):
    id: str
    index: int
    name: str
    template_id: str
    generation_type: str = "TEMPLATE"
    content: str
    content_type: ContentType

    class Config:
        orm_mode = True


class Documents(BaseModel):
    data: List[DocumentView]


class SessionView(BaseModel):
    session_id: str
    patient: Optional[dict]
    duration: Optional[int]
    language_code: Optional[str]
    output_language_code: Optional[str]
    clinician_notes: List[str] = []
    consent_obtained: Optional[bool]
    linked_sessions_for_context: List[str] = []
    consult_note: Optional[dict]
    documents: List[DocumentView]
    audio: Optional[dict]
    created_at: datetime
    updated_at: datetime


class SessionPage(BaseModel):
    count: int
    total_count: int
    has_next: bool
    has_previous: bool
    data: List[SessionView]


class ContextDocumentView(BaseModel):
    id: str
    filename: str
    uploaded_at: datetime
    status: str
    unstructured: bool


class ContextDocuments(BaseModel):
    data: List[ContextDocumentView]


class ConsultNoteGenerate(BaseModel):
    generation_method: GenerationMethod
    template_id: Optional[str]
    addition: str
    voice_style: VoiceStyle
    brain: Brain
    content_type: ContentType = ContentType.markdown


class DocumentGenerate(BaseModel):
    generation_method: GenerationMethod
    template_id: str
    voice_style: VoiceStyle
    brain: Brain
    content_type: ContentType = ContentType.markdown


class CustomTemplateGenerate(BaseModel):
    template: dict
    content_type: ContentType = ContentType.markdown


def in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=timezone.utc)


def profile_view(profile: Profile) -> PatientProfile:
    times = {"created_at": in_utc(profile.created_at), "updated_at": in_utc(profile.updated_at)}
    return PatientProfile(id=profile.id, **times, **profile.fields)


def session_view(session: Session) -> SessionView:
    audio = [{"id": one.id, "index": one.index, "filename": one.filename} for one in session.audio]
    patient = None if session.profile is None else session.profile.fields
    return SessionView(
        **{
            "patient": patient,
            **{name: value for name, value in session.fields.items() if value is not None},
            "session_id": session.id,
            "consult_note": session.consult_note,
            "documents": [DocumentView.from_orm(document) for document in session.documents],
            "audio": {"uploaded_audio": audio} if audio else None,
            "created_at": in_utc(session.created_at),
            "updated_at": in_utc(session.updated_at),
        }
    )


def context_view(document: ContextDocument) -> ContextDocumentView:
    return ContextDocumentView(
        id=document.id,
        filename=document.filename,
        uploaded_at=in_utc(document.uploaded_at),
        status=document.status,
        unstructured=document.unstructured,
    )


@router.get("/templates/document-templates", dependencies=[Depends(current_user)])
async def list_templates() -> dict:
    data = [
        {
            "id": id,
            "name": name,
            "structure_template": {"sections": headings},
            "template_category": category,
            "template_html": "".join(f"<h2>{heading}</h2>" for heading in headings),
            "author_name": "Heidi",
        }
        for id, name, category, headings in TEMPLATES
    ]
    return {"data": data}


@router.post("/patient-profiles", response_model=PatientProfile, response_model_exclude_none=True)
async def create_patient_profile(body: PatientProfileCreate, user: User = Depends(linked_user)):
    return profile_view(user.create_profile(body.dict(exclude_unset=True)))


@router.get("/patient-profiles", response_model=PatientProfiles, response_model_exclude_none=True)
async def list_patient_profiles(
    ehr_patient_id: Optional[str] = None, provider: Optional[str] = None, user: User = Depends(linked_user)
):
    found = user.find_profiles(ehr_patient_id, provider)
    return PatientProfiles(data=[profile_view(profile) for profile in found])


@router.get(
    "/patient-profiles/{patient_profile_id}", response_model=PatientProfile, response_model_exclude_none=True
)
async def get_patient_profile(profile: Profile = Depends(path_profile)):
    return profile_view(profile)


@router.patch(
    "/patient-profiles/{patient_profile_id}", response_model=PatientProfile, response_model_exclude_none=True
)
async def update_patient_profile(body: PatientProfileCreate, profile: Profile = Depends(path_profile)):
    profile.fields.update(body.dict(exclude_unset=True))
    profile.updated_at = now()
    return profile_view(profile)


@router.post("/patient-profiles/{patient_profile_id}/sessions")
async def link_session(
    body: LinkSession, profile: Profile = Depends(path_profile), user: User = Depends(current_user)
) -> None:
    user.link(profile, [body.session_id])


@router.post("/sessions")
async def create_session(body: SessionCreate, user: User = Depends(current_user)) -> dict:
    return {"session_id": user.create_session(body.dict(exclude_unset=True)).id}


@router.get("/sessions/linked-user", response_model=SessionPage, response_model_exclude_none=True)
async def list_linked_user_sessions(
    page: int = Query(1, ge=1), page_size: int = Query(50, ge=1, le=200), user: User = Depends(current_user)
):
    sessions, has_next = user.newest_sessions(page, page_size)
    return SessionPage(
        count=len(sessions),
        total_count=len(user.sessions),
        has_next=has_next,
        has_previous=page > 1,
        data=[session_view(session) for session in sessions],
    )


@router.get("/sessions/{session_id}", response_model=SessionView, response_model_exclude_none=True)
async def get_session(session: Session = Depends(path_session)):
    return session_view(session)


@router.patch("/sessions/{session_id}", response_model=SessionView, response_model_exclude_none=True)
async def update_session(body: SessionUpdate, session: Session = Depends(path_session)):
    session.fields.update(body.dict(exclude_unset=True))
    session.updated_at = now()
    return session_view(session)


@router.post("/sessions/{session_id}/context-documents", response_model=ContextDocumentView)
async def upload_context_document(
    file: UploadFile = File(...),
    unstructured: bool = Form(False),
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
):
    ready_at = time.monotonic() + settings.parsing_ms / 1000
    document = ContextDocument(filename=file.filename, unstructured=unstructured, ready_at=ready_at)
    session.context.append(document)
    return context_view(document)


@router.get("/sessions/{session_id}/context-documents", response_model=ContextDocuments)
async def list_context_documents(session: Session = Depends(path_session)):
    return ContextDocuments(data=[context_view(document) for document in session.context])


@router.post("/sessions/{session_id}/upload-audio")
async def upload_audio(file: UploadFile = File(...), session: Session = Depends(path_session)) -> None:
    if not is_audio(file):
        raise not_audio(Dialect.spec)
    audio = Audio(
        index=len(session.audio), filename=file.filename, content_type=file.content_type or "", text=DIALOGUE
    )
    session.audio.append(audio)
    session.updated_at = now()


@router.post("/sessions/{session_id}/consult-note", response_class=StreamingResponse)
async def generate_consult_note(
    body: ConsultNoteGenerate,
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
) -> StreamingResponse:
    id, _, _, headings = template_named(body.template_id)
    text = compose(headings, await source_of(session, settings), body.addition)

    def keep() -> None:
        manner = {"brain": body.brain, "voice_style": body.voice_style, "content_type": body.content_type}
        session.consult_note = {"status": "CREATED", "result": text, "template_id": id, **manner}
        session.updated_at = now()

    return stream(settings, text, keep)


@router.post("/sessions/{session_id}/client-customised-template/response")
async def generate_from_template(
    body: CustomTemplateGenerate,
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
) -> dict:
    return answer_questions(body.template, await source_of(session, settings))


@router.post("/sessions/{session_id}/documents", response_model=DocumentView)
async def generate_document(
    body: DocumentGenerate,
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
):
    id, name, _, headings = template_named(body.template_id)
    document = Document(
        index=len(session.documents),
        name=name,
        template_id=id,
        content=compose(headings, await source_of(session, settings)),
        content_type=body.content_type,
    )
    session.documents.append(document)
    return document


@router.get("/sessions/{session_id}/documents", response_model=Documents)
async def list_documents(session: Session = Depends(path_session)):
    return {"data": [DocumentView.from_orm(document) for document in session.documents]}


def code_view(code: str, name: str, kind: str, coding_system: CodingSystem) -> dict:
    return {
        "code": code,
        "description": name,
        "coding_system": coding_system,
        "effective_date": "2024-01-31",
        "valid": True,
        "hierarchy": [kind],
    }


@router.get("/sessions/{session_id}/clinical-codes")
async def get_clinical_codes(
    coding_system: CodingSystem,
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
) -> dict:
    status = session.codes_status(coding_system, settings)
    entities = [
        {
            "entity": name,
            "primary_code": code_view(code, name, kind, coding_system),
            "similar_codes": [code_view(*SIMILAR_CODE, coding_system)],
            "references": [{"source": "TRANSCRIPT", "text": text, "start": 0, "end": len(text)}],
        }
        for code, name, kind, text, _ in CODES
    ]
    return {
        "coding_system": coding_system,
        "status": status,
        "entities": entities if status == "READY" else [],
    }
