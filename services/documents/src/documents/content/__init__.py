"""What may be uploaded, and whether what arrived is what was announced. Pure functions, no I/O."""

from documents.content.checks import (
    MAX_SIZE_BYTES,
    ContentCheck,
    Declaration,
    Measured,
    check_declaration,
    check_mime_type,
    check_size,
)
from documents.content.filenames import MAX_FILENAME_CHARS, clean_filename
from documents.content.magic import HEAD_BYTES, TAIL_BYTES, MediaType, check_content, detect
from documents.content.reasons import ContentRefused, Reason

__all__ = [
    "HEAD_BYTES",
    "MAX_FILENAME_CHARS",
    "MAX_SIZE_BYTES",
    "TAIL_BYTES",
    "ContentCheck",
    "ContentRefused",
    "Declaration",
    "Measured",
    "MediaType",
    "Reason",
    "check_content",
    "check_declaration",
    "check_mime_type",
    "check_size",
    "clean_filename",
    "detect",
]
