"""Why an upload is refused."""

from enum import StrEnum


class Reason(StrEnum):
    """Stable codes, the same in HTTP errors, events and metrics."""

    TOO_LARGE = "DOC_TOO_LARGE"
    EMPTY = "DOC_EMPTY"
    TYPE_NOT_ALLOWED = "DOC_TYPE_NOT_ALLOWED"
    BAD_FILENAME = "DOC_BAD_FILENAME"
    SIZE_MISMATCH = "DOC_SIZE_MISMATCH"
    HASH_MISMATCH = "DOC_HASH_MISMATCH"
    CONTENT_MISMATCH = "DOC_CONTENT_MISMATCH"


class ContentRefused(ValueError):
    """The upload is refused. `detail` is for people and never quotes the file or its name."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
