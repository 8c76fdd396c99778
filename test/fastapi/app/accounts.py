"""Account linking: the same in both dialects, for the bundled file does not have it."""

from typing import Optional

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from .errors import refuse
from .received import ReceivedRoute
from .state import User, new_id, now
from .tokens import current_user

router = APIRouter(route_class=ReceivedRoute, tags=["Account"])


class LinkAccount(BaseModel):
    kinde_user_id: str


class Access(BaseModel):
    is_valid: bool
    is_linked: bool
    account: Optional[dict]


@router.get("/users/linked-account/access", response_model=Access)
async def get_linked_account(user: User = Depends(current_user)):
    linked = user.linked_account is not None
    return Access(is_valid=linked, is_linked=linked, account=user.linked_account)


@router.post("/users/linked-account")
async def link_account(body: LinkAccount, user: User = Depends(current_user)) -> dict:
    if user.linked_account is not None:
        raise refuse(409, "OpenAPIHeidiAccountAlreadyLinkedError", "The account is linked already")
    created_at = now()
    user.linked_account = {
        "_id": new_id(),
        "user_id": body.kinde_user_id,
        "ehr_provider": "example-ehr",
        "ehr_email": user.email,
        "ehr_user_id": user.internal_id,
        "deleted_at": None,
        "created_at": created_at.isoformat(),
        "updated_at": created_at.isoformat(),
    }
    return {"account": user.linked_account}


@router.delete("/users/linked-account:unlink")
async def unlink_account(user: User = Depends(current_user)) -> dict:
    was_linked = user.linked_account is not None
    user.linked_account = None
    return {"is_success": was_linked}
