"""HTTP bodies of SCOR bundles."""

from typing import Annotated
from uuid import UUID

from common.http import Schema
from pydantic import Field

from documents.scor.domain import Fault


class Bundle(Schema):
    document_ids: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class ProblemBody(Schema):
    code: Fault
    page: int | None


class CheckedDocument(Schema):
    document_id: UUID
    problems: list[ProblemBody]


class BundleReport(Schema):
    """`accepted` when no document has a problem."""

    accepted: bool
    documents: list[CheckedDocument]
