from typing import Optional

from fastapi import HTTPException


def refuse(status: int, type: str, msg: str, headers: Optional[dict] = None) -> HTTPException:
    """An error in the envelope that the public pages show."""
    return HTTPException(status_code=status, detail={"msg": msg, "type": type}, headers=headers)


def refuse_with_text(status: int, text: str) -> HTTPException:
    """An error whose detail is a text, as FastAPI's own and those of uploads are."""
    return HTTPException(status_code=status, detail=text)
