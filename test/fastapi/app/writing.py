"""What the service writes: notes, documents, filled templates, codes and answers."""

import asyncio
import json
import re
from typing import AsyncIterator, Callable, List, Optional

from fastapi.responses import StreamingResponse

from .errors import refuse
from .settings import Framing, Settings
from .state import TEMPLATES, Session

CODES = [
    ("49727002", "Cough", "Finding", "A dry cough, three days now", 0.97),
    ("386661006", "Fever", "Finding", "38.2 °C", 0.91),
]
# Code, name, kind.
SIMILAR_CODE = ("28743005", "Productive cough", "Finding")


def template_named(template_id: Optional[str]):
    """The template of that id; the first one when none is asked for."""
    for template in TEMPLATES:
        if template_id in (None, template[0]):
            return template
    raise refuse(404, "TemplateNotFoundError", "Template not found")


async def source_of(session: Session, settings: Settings) -> str:
    """What there is to write from; a session may be told to need nothing."""
    transcript = await session.transcript(settings)
    notes = "\n".join(session.fields.get("clinician_notes") or [])
    source = "\n".join(text for text in (transcript, notes) if text)
    if not source and not session.fields.get("generate_output_without_recording"):
        raise refuse(400, "TranscriptNotFoundError", "The session has no transcript to write from")
    return source


def compose(headings: List[str], source: str, addition: str = "") -> str:
    last = source.split("\n")[-1] if source else "nothing was recorded"
    sections = [f"{heading}:\n- {last}\n" for heading in headings]
    return "\n".join([*sections, *([f"{addition}\n"] if addition else [])])


def stream(settings: Settings, text: str, on_complete: Callable[[], None] = lambda: None) -> StreamingResponse:
    """The text word by word, white space kept, in the framing that this service was started with."""

    async def pieces() -> AsyncIterator[str]:
        words = re.findall(r"\s*\S+\s*?(?=\s|$)|\s+$", text)
        for number, word in enumerate(words, start=1):
            if number == len(words):
                on_complete()
            line = json.dumps({"data": word}, ensure_ascii=False)
            yield f"data: {line}\n\n" if settings.framing is Framing.sse else f"{line}\n"
            await asyncio.sleep(settings.stream_delay_ms / 1000)

    media_type = "text/event-stream" if settings.framing is Framing.sse else "application/x-ndjson"
    return StreamingResponse(pieces(), media_type=media_type)


def answer_questions(template: dict, source: str) -> dict:
    """A template of the client's own, filled."""
    questions = template.get("questions") or []
    answers = [
        {
            "questionId": question.get("questionId"),
            "question": question.get("question"),
            "answerType": question.get("answerType"),
            "answer": [answer(question, source)],
        }
        for question in questions
    ]
    filled = {"content": source.split("\n")[-1], "questionAnswers": answers}
    return {**filled, "summary": source.split("\n")[0]} if template.get("summaryRequired") else filled


def answer(question: dict, source: str) -> dict:
    options = question.get("answerOptions") or []
    value = options[0]["value"] if options else source.split("\n")[-1]
    return {"value": value, "additionalDetails": None}
