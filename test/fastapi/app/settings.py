from enum import Enum

from pydantic import BaseSettings


class Dialect(str, Enum):
    spec = "spec"
    documented = "documented"


class Framing(str, Enum):
    ndjson = "ndjson"
    sse = "sse"


class ContextList(str, Enum):
    """How the documented dialect lists context documents: both forms are believed to exist."""

    array = "array"
    envelope = "envelope"


class Settings(BaseSettings):
    """Read from environment variables of the same names, in upper case."""

    dialect: Dialect = Dialect.spec
    framing: Framing = Framing.ndjson
    context_list: ContextList = ContextList.array
    api_key: str = "fastapi-test-key"
    token_lifetime_s: float = 3600
    transcription_ms: int = 200
    parsing_ms: int = 200
    coding_ms: int = 200
    stream_delay_ms: int = 2
    require_linked_account: bool = False
    # Declares every path with a slash at its end, as many FastAPI applications do.
    trailing_slashes: bool = False
