"""The exchange of an API key for a user's JWT, and the check of both."""

import math
import secrets
import time
from datetime import datetime, timezone
from typing import Optional

import jwt
from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from .errors import refuse
from .received import ReceivedRoute
from .state import State, User

ALGORITHM = "HS256"
api_key_header = APIKeyHeader(name="Heidi-Api-Key", auto_error=False)
bearer = HTTPBearer(auto_error=False)
router = APIRouter(route_class=ReceivedRoute, tags=["Authentication"])


def require_api_key(request: Request, key: Optional[str] = Depends(api_key_header)) -> None:
    expected = request.app.state.settings.api_key
    if key is None or not secrets.compare_digest(key.encode(), expected.encode()):
        raise refuse(403, "ForbiddenError", "The API key is not valid")


def current_user(
    request: Request, credentials: Optional[HTTPAuthorizationCredentials] = Depends(bearer)
) -> User:
    if credentials is None:
        raise unauthorized("Not authenticated")
    try:
        claims = jwt.decode(credentials.credentials, request.app.state.secret, algorithms=[ALGORITHM])
    except jwt.ExpiredSignatureError:
        raise unauthorized("The token has expired")
    except jwt.InvalidTokenError:
        raise unauthorized("The token is not valid")
    request.scope["received"]["user"] = claims["email"]
    return state_of(request).user(claims["email"], claims["third_party_internal_id"])


def unauthorized(msg: str):
    return refuse(401, "UnauthorizedError", msg, {"WWW-Authenticate": "Bearer"})


def state_of(request: Request) -> State:
    return request.app.state.state


@router.get("/jwt", dependencies=[Depends(require_api_key)])
def get_jwt(
    request: Request,
    email: str = Query(..., regex=r"^[^@\s]+@[^@\s]+$"),
    third_party_internal_id: str = Query(...),
) -> dict:
    request.scope["received"]["user"] = email
    # JWTs count in whole seconds.
    expires_at = math.ceil(time.time() + request.app.state.settings.token_lifetime_s)
    claims = {
        "email": email,
        "third_party_internal_id": third_party_internal_id,
        "jti": secrets.token_hex(12),
        "iat": int(time.time()),
        "exp": expires_at,
    }
    token = jwt.encode(claims, request.app.state.secret, algorithm=ALGORITHM)
    expiration = datetime.fromtimestamp(expires_at, timezone.utc)
    return {"token": token, "expiration_time": expiration.strftime("%Y-%m-%dT%H:%M:%S.000Z")}
