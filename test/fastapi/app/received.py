"""What the service received, for the tests to read at `/control/received`."""

import hashlib
import json
from typing import Callable, List, Optional

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile


class ReceivedMiddleware:
    """Notes the method, path and status of every request to the API, also of those that no route takes."""

    def __init__(self, app, log: List[dict], prefix: str):
        self.app = app
        self.log = log
        self.prefix = prefix

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or not scope["path"].startswith(self.prefix):
            await self.app(scope, receive, send)
            return
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        entry = {
            "number": len(self.log) + 1,
            "method": scope["method"],
            "path": None,
            "user": None,
            "content_type": headers.get("content-type"),
            "query": {},
            "fields": [],
            "body": None,
            "parts": [],
            "status": None,
            "complete": False,
        }
        self.log.append(entry)
        scope["received"] = entry

        async def note_status(message):
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                entry["complete"] = True

        await self.app(scope, receive, note_status)


class ReceivedRoute(APIRoute):
    """Notes what a request carries before FastAPI validates it. The body is cached, so FastAPI reads the same one."""

    def get_route_handler(self) -> Callable:
        handle = super().get_route_handler()

        async def note_and_handle(request: Request) -> Response:
            await note(request, request.scope["received"])
            return await handle(request)

        return note_and_handle


async def note(request: Request, entry: dict) -> None:
    entry["path"] = request.scope["route"].path_format[len(request.app.state.prefix) :]
    entry["query"] = {name: request.query_params.getlist(name) for name in request.query_params}
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        try:
            form = await request.form()
        except Exception:  # FastAPI answers it.
            return
        for name, value in form.multi_items():
            entry["parts"].append(await part(name, value))
        entry["fields"] = [one["name"] for one in entry["parts"]]
        return
    try:
        entry["body"] = json.loads(await request.body())
    except ValueError:
        return
    if isinstance(entry["body"], dict):
        entry["fields"] = list(entry["body"])


async def part(name: str, value) -> dict:
    if not isinstance(value, UploadFile):
        return {"name": name, "value": value}
    content = await value.read()
    await value.seek(0)
    return {
        "name": name,
        "filename": value.filename,
        "content_type": value.content_type,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def control_router(log: List[dict]) -> APIRouter:
    router = APIRouter(prefix="/control")

    @router.get("/received")
    async def received(user: Optional[str] = None) -> List[dict]:
        """All requests so far, or those that were authenticated as the user of that e-mail address."""
        return [entry for entry in log if user is None or entry["user"] == user]

    return router
