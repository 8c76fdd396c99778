import secrets

from fastapi import APIRouter, FastAPI

from . import accounts, documented, recordings, spec, streams, tokens
from .received import ReceivedMiddleware, ReceivedRoute, control_router
from .settings import Dialect, Settings
from .state import State

PREFIX = "/api/v2/ml-scribe/open-api"


def create_app(settings: Settings) -> FastAPI:
    app = FastAPI(title="Heidi-like service", version="2")
    app.state.settings = settings
    app.state.state = State()
    app.state.secret = secrets.token_hex(32)
    app.state.prefix = PREFIX
    log: list = []
    app.add_middleware(ReceivedMiddleware, log=log, prefix=PREFIX)
    dialect = documented if settings.dialect is Dialect.documented else spec
    for router in (tokens.router, accounts.router, dialect.router, recordings.router, streams.router):
        app.include_router(with_slashes(router) if settings.trailing_slashes else router, prefix=PREFIX)
    app.include_router(control_router(log))
    return app


def with_slashes(router: APIRouter) -> APIRouter:
    """The same routes, each with a slash at its end: without it, Starlette redirects to there."""
    copy = APIRouter(route_class=ReceivedRoute)
    for route in router.routes:
        copy.add_api_route(
            f"{route.path}/",
            route.endpoint,
            methods=list(route.methods),
            status_code=route.status_code,
            dependencies=route.dependencies,
            response_class=route.response_class,
            response_model=route.response_model,
            response_model_exclude_none=route.response_model_exclude_none,
        )
    return copy
