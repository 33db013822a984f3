"""HTTP bodies of notes."""

from typing import Annotated
from uuid import UUID

from common.http import Schema, UtcDateTime
from pydantic import Field


class NewNote(Schema):
    """`is_internal` hides a note from the patient; what is not said depends on who writes."""

    content: Annotated[str, Field(min_length=1, max_length=5000)]
    is_internal: bool | None = None


class NoteBody(Schema):
    id: UUID
    case_id: UUID
    author_id: UUID
    content: str
    is_internal: bool
    created_at: UtcDateTime
