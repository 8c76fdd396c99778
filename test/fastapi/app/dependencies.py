"""What the routes of both dialects ask for."""

from fastapi import Depends, HTTPException, Request, UploadFile

from .errors import refuse, refuse_with_text
from .settings import Dialect, Settings
from .state import Profile, Session, User
from .tokens import current_user


def settings_of(request: Request) -> Settings:
    return request.app.state.settings


def linked_user(user: User = Depends(current_user), settings: Settings = Depends(settings_of)) -> User:
    """The user of a call about patients."""
    if settings.require_linked_account and user.linked_account is None:
        raise refuse(400, "LinkedAccountRequiredError", "Linked Account is required to perform this action")
    return user


def path_session(session_id: str, user: User = Depends(current_user)) -> Session:
    return user.session(session_id)


def path_profile(patient_profile_id: str, user: User = Depends(linked_user)) -> Profile:
    return user.profile(patient_profile_id)


def is_audio(file: UploadFile) -> bool:
    return (file.content_type or "").startswith("audio/")


def not_audio(dialect: Dialect) -> HTTPException:
    """The public pages print this text; the bundled file says nothing of it."""
    if dialect is Dialect.documented:
        return refuse_with_text(400, "only audio file is allowed")
    return refuse(400, "UnsupportedAudioError", "The part `file` must have an audio/* content type")
