"""The requests and answers of the public pages and of public integrations: other fields, envelopes, times without a zone."""

import json
import time
from datetime import date, datetime
from enum import Enum
from typing import Any, List, Optional, Union

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, Json, validator

from .choices import Brain, ContentType, VoiceStyle
from .dependencies import is_audio, linked_user, not_audio, path_profile, path_session, settings_of
from .errors import refuse, refuse_with_text
from .received import ReceivedRoute
from .settings import ContextList, Dialect, Settings
from .state import DIALOGUE, TEMPLATES, Audio, ContextDocument, Document, Profile, Session, User, new_id, now
from .tokens import current_user
from .writing import CODES, SIMILAR_CODE, answer_questions, compose, source_of, stream, template_named

router = APIRouter(route_class=ReceivedRoute)
CODE_SYSTEM = "snomed_ct_au"


class GenerationMethod(str, Enum):
    template = "TEMPLATE"
    third_party_template = "THIRD_PARTY_TEMPLATE"


class AnswerType(str, Enum):
    single = "SingleResponse"
    multiple = "MultipleResponse"
    text = "TextArea"
    date = "DateResponse"


class PatientProfileCreate(BaseModel):
    first_name: Optional[str]
    last_name: Optional[str]
    birth_date: Optional[date]
    gender: Optional[str]
    ehr_patient_id: Optional[str]
    provider: Optional[str]
    phone: Optional[str]
    email: Optional[str]
    identifiers: Optional[List[dict]]
    demographic_string: Optional[str]
    additional_context: Optional[str]


class PatientProfile(PatientProfileCreate):
    id: str
    created_at: datetime
    updated_at: datetime


class PatientProfileAnswer(BaseModel):
    data: PatientProfile


class PatientProfilePage(BaseModel):
    data: List[PatientProfile]
    total_pages: int


class LinkSessions(BaseModel):
    session_ids: List[str] = Field(..., min_items=1)


class LinkedSession(BaseModel):
    session_id: str


class LinkedSessions(BaseModel):
    data: List[LinkedSession]


class SessionCreate(BaseModel):
    patient_profile_id: Optional[str]
    ehr_appointment_id: Optional[str]


class SessionUpdate(BaseModel):
    session_name: Optional[str]
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
    session_id: str
    index: int
    name: str
    template_id: str
    generation_type: str = "TEMPLATE"
    brain: Optional[Brain]
    voice_style: Optional[VoiceStyle]
    content: str
    content_type: ContentType


class Documents(BaseModel):
    documents: List[DocumentView]


class UploadedAudio(BaseModel):
    id: str
    index: int
    status: str
    created_at: datetime
    access_url: Optional[str]


class UploadedAudioAnswer(BaseModel):
    uploaded_audio: UploadedAudio


class SessionView(BaseModel):
    session_id: str
    session_name: Optional[str]
    patient: Optional[dict]
    duration: Optional[int]
    language_code: Optional[str]
    output_language_code: Optional[str]
    clinician_notes: Optional[List[str]]
    consent_obtained: Optional[bool]
    linked_sessions_for_context: Optional[List[str]]
    ehr_appt_id: Optional[str]
    ehr_provider: Optional[str]
    ehr_patient_id: Optional[str]
    consult_note: Optional[dict]
    documents: Optional[List[DocumentView]]
    audio: Optional[List[UploadedAudio]]
    created_at: datetime
    updated_at: datetime


class SessionAnswer(BaseModel):
    session: SessionView


class SessionPage(BaseModel):
    sessions: List[SessionView]
    count: int
    has_next_page: bool


class ContextDocumentView(BaseModel):
    id: str
    filename: str
    uploaded_at: datetime
    status: str
    unstructured: Optional[bool]


class ContextDocuments(BaseModel):
    context_documents: List[ContextDocumentView]


class ConsultNoteGenerate(BaseModel):
    generation_method: GenerationMethod
    template_id: Optional[str]
    third_party_template: Optional[Union[dict, Json]]
    addition: str
    voice_style: VoiceStyle
    brain: Brain
    content_type: ContentType = ContentType.markdown

    @validator("third_party_template", always=True)
    def is_there_when_it_is_used(cls, value, values):
        if value is None and values.get("generation_method") is GenerationMethod.third_party_template:
            raise ValueError("a third-party template is needed")
        return value


class DocumentGenerate(BaseModel):
    generation_method: GenerationMethod
    template_id: str
    document_tab_type: str = "DOCUMENT"
    voice_style: Optional[VoiceStyle]
    brain: Brain
    content_type: ContentType = ContentType.markdown


class AnswerOption(BaseModel):
    value: str
    metadata: Optional[dict]


class Question(BaseModel):
    questionId: str
    question: str
    description: Optional[str]
    answerType: AnswerType
    answerOptions: Optional[List[AnswerOption]]
    dateFormat: Optional[str]
    repeatable: bool = False
    childQuestions: Optional[List["Question"]]


Question.update_forward_refs()


class CustomTemplate(BaseModel):
    template: str
    questions: List[Question]
    summaryRequired: bool = False
    metadata: Optional[dict]


def profile_view(profile: Profile) -> PatientProfile:
    return PatientProfile(
        id=profile.id, created_at=profile.created_at, updated_at=profile.updated_at, **profile.fields
    )


def document_view(session: Session, document: Document) -> DocumentView:
    return DocumentView(session_id=session.id, **document.__dict__)


def audio_view(audio: Audio, access_url: Optional[str] = None) -> UploadedAudio:
    return UploadedAudio(
        id=audio.id, index=audio.index, status="INITIALIZED", created_at=audio.created_at, access_url=access_url
    )


def session_view(session: Session) -> SessionView:
    patient = None if session.profile is None else json.loads(profile_view(session.profile).json())
    return SessionView(
        **{
            "patient": patient,
            "ehr_appt_id": session.fields.get("ehr_appointment_id"),
            **session.fields,
            "session_id": session.id,
            "consult_note": session.consult_note,
            "documents": [document_view(session, document) for document in session.documents],
            "audio": [audio_view(audio) for audio in session.audio],
            "created_at": session.created_at,
            "updated_at": session.updated_at,
        }
    )


def context_view(document: ContextDocument) -> ContextDocumentView:
    return ContextDocumentView(
        id=document.id,
        filename=document.filename,
        uploaded_at=document.uploaded_at,
        status=document.status,
        unstructured=document.unstructured,
    )


@router.get("/templates/document-templates", dependencies=[Depends(current_user)])
async def list_templates() -> dict:
    templates = [
        {
            "id": id,
            "name": name,
            "structure_template": "\n".join(f"## {heading}" for heading in headings),
            "template_category": category,
            "template_html": "".join(f"<h2>{heading}</h2>" for heading in headings),
            "author_name": "Heidi",
        }
        for id, name, category, headings in TEMPLATES
    ]
    return {"templates": templates}


@router.post("/patient-profiles", response_model=PatientProfileAnswer, status_code=201)
async def create_patient_profile(body: PatientProfileCreate, user: User = Depends(linked_user)):
    return PatientProfileAnswer(data=profile_view(user.create_profile(body.dict(exclude_unset=True))))


@router.get("/patient-profiles", response_model=PatientProfilePage)
async def list_patient_profiles(
    ehr_patient_id: Optional[str] = None,
    ehr_provider: Optional[str] = None,
    page: int = Query(1, ge=1),
    page_size: int = Query(20, ge=1, le=100),
    user: User = Depends(linked_user),
):
    found = user.find_profiles(ehr_patient_id, ehr_provider)
    shown = found[(page - 1) * page_size : page * page_size]
    total_pages = max(1, -(-len(found) // page_size))
    return PatientProfilePage(data=[profile_view(profile) for profile in shown], total_pages=total_pages)


@router.get("/patient-profiles/{patient_profile_id}", response_model=PatientProfileAnswer)
async def get_patient_profile(profile: Profile = Depends(path_profile)):
    return PatientProfileAnswer(data=profile_view(profile))


@router.patch("/patient-profiles/{patient_profile_id}", response_model=PatientProfileAnswer)
async def update_patient_profile(body: PatientProfileCreate, profile: Profile = Depends(path_profile)):
    profile.fields.update(body.dict(exclude_unset=True))
    profile.updated_at = now()
    return PatientProfileAnswer(data=profile_view(profile))


@router.post("/patient-profiles/{patient_profile_id}/sessions", response_model=LinkedSessions)
async def link_sessions(
    body: LinkSessions, profile: Profile = Depends(path_profile), user: User = Depends(current_user)
):
    user.link(profile, body.session_ids)
    return LinkedSessions(data=[LinkedSession(session_id=session_id) for session_id in body.session_ids])


@router.post("/sessions", status_code=201)
async def create_session(body: SessionCreate, user: User = Depends(current_user)) -> dict:
    return {"session_id": user.create_session(body.dict(exclude_unset=True)).id}


@router.get("/sessions/linked-user", response_model=SessionPage)
async def list_linked_user_sessions(
    page: int = Query(1, ge=1), page_size: int = Query(50, ge=1, le=200), user: User = Depends(current_user)
):
    sessions, has_next_page = user.newest_sessions(page, page_size)
    views = [session_view(session) for session in sessions]
    return SessionPage(sessions=views, count=len(views), has_next_page=has_next_page)


@router.get("/sessions/{session_id}", response_model=SessionAnswer)
async def get_session(session: Session = Depends(path_session)):
    return SessionAnswer(session=session_view(session))


@router.patch("/sessions/{session_id}", response_model=SessionAnswer)
async def update_session(body: SessionUpdate, session: Session = Depends(path_session)):
    session.fields.update(body.dict(exclude_unset=True))
    session.updated_at = now()
    return SessionAnswer(session=session_view(session))


@router.post("/sessions/{session_id}/context-documents", response_model=ContextDocumentView)
async def upload_context_document(
    context_documents: UploadFile = File(...),
    meta_data: Json = Form(...),
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
):
    unstructured = isinstance(meta_data, dict) and meta_data.get("unstructured") is True
    document = ContextDocument(
        filename=context_documents.filename,
        unstructured=unstructured,
        ready_at=time.monotonic() + settings.parsing_ms / 1000,
    )
    session.context.append(document)
    return context_view(document)


@router.get(
    "/sessions/{session_id}/context-documents",
    response_model=Union[ContextDocuments, List[ContextDocumentView]],
)
async def list_context_documents(
    session: Session = Depends(path_session), settings: Settings = Depends(settings_of)
) -> Any:
    listed = [context_view(document) for document in session.context]
    return listed if settings.context_list is ContextList.array else ContextDocuments(context_documents=listed)


@router.post("/sessions/{session_id}/upload-audio", response_model=UploadedAudioAnswer)
async def upload_audio(
    request: Request,
    file: UploadFile = File(...),
    start_time: Optional[datetime] = Form(None),
    end_time: Optional[datetime] = Form(None),
    expiry: Optional[int] = Form(None, ge=1),
    session: Session = Depends(path_session),
):
    if not is_audio(file):
        raise not_audio(Dialect.documented)
    if not await file.read(1):
        raise refuse_with_text(400, "error: failed to upload audio")
    audio = Audio(
        index=len(session.audio), filename=file.filename, content_type=file.content_type or "", text=DIALOGUE
    )
    session.audio.append(audio)
    session.updated_at = now()
    access_url = None if expiry is None else f"{request.base_url}presigned/{audio.id}?expiry={expiry}"
    return UploadedAudioAnswer(uploaded_audio=audio_view(audio, access_url))


@router.post("/sessions/{session_id}/consult-note", response_class=StreamingResponse)
async def generate_consult_note(
    body: ConsultNoteGenerate,
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
) -> StreamingResponse:
    own = body.generation_method is GenerationMethod.third_party_template
    template_id, headings = (None, list(body.third_party_template or {})) if own else headings_of(body.template_id)
    text = compose(headings, await source_of(session, settings), body.addition)

    def keep() -> None:
        manner = {"brain": body.brain, "voice_style": body.voice_style, "content_type": body.content_type}
        note = {"id": new_id(), "status": "CREATED", "result": text, "template_id": template_id}
        session.consult_note = {**note, "generation_method": body.generation_method, **manner}
        session.updated_at = now()

    return stream(settings, text, keep)


def headings_of(template_id: Optional[str]):
    id, _, _, headings = template_named(template_id)
    return id, headings


@router.post("/sessions/{session_id}/client-customised-template/response")
async def generate_from_template(
    body: CustomTemplate,
    session: Session = Depends(path_session),
    settings: Settings = Depends(settings_of),
) -> dict:
    if session.consult_note is None:
        raise refuse(400, "ConsultNoteNotFoundError", "Generate a consult note of the session first")
    return answer_questions(body.dict(), await source_of(session, settings))


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
    return document_view(session, document)


@router.get("/sessions/{session_id}/documents", response_model=Documents)
async def list_documents(session: Session = Depends(path_session)):
    return Documents(documents=[document_view(session, document) for document in session.documents])


def code_view(code: str, name: str, kind: str, score: float) -> dict:
    metadata = {"semantic_tag": kind}
    return {"code": code, "code_name": name, "code_system": CODE_SYSTEM, "score": score, "metadata": metadata}


@router.get("/sessions/{session_id}/clinical-codes")
async def get_clinical_codes(
    session: Session = Depends(path_session), settings: Settings = Depends(settings_of)
) -> dict:
    status = session.codes_status(CODE_SYSTEM, settings)
    clinical_entities = [
        {
            "primary_code": code_view(code, name, kind, score),
            "similar_codes": [code_view(*SIMILAR_CODE, score / 2)],
            "location_in_note": {"start": 0, "end": len(text)},
            "reference_in_transcript": text,
        }
        for code, name, kind, text, score in CODES
    ]
    return {
        "id": new_id(),
        "session_id": session.id,
        "consult_note_id": (session.consult_note or {}).get("id"),
        "status": status,
        "clinical_entities": clinical_entities if status == "READY" else [],
    }
