"""The rules of SCOR: PDF, at least 200 dpi, A5 or more, no blank page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MIN_DPI: Final = 200
A5_MM: Final = (148, 210)
_TOLERANCE_MM: Final = 2
_TOLERANCE_DPI: Final = 2


class Fault(StrEnum):
    """What keeps a document out of a bundle."""

    NOT_CLEAN = "NOT_CLEAN"
    NOT_PDF = "NOT_PDF"
    NOT_READABLE = "NOT_READABLE"
    BLANK_PAGE = "BLANK_PAGE"
    LOW_RESOLUTION = "LOW_RESOLUTION"
    TOO_SMALL = "TOO_SMALL"


@dataclass(frozen=True, slots=True)
class Problem:
    """`page` counts from 1; None where it is the whole document."""

    code: Fault
    page: int | None = None


def problems(*, clean: bool, mime_type: str, layout: list[Mapping[str, Any]] | None) -> list[Problem]:
    """What is wrong with a document; `layout` is what the reader measured of its pages, None when it could not."""
    if not clean:
        return [Problem(Fault.NOT_CLEAN)]
    if mime_type != "application/pdf":
        return [Problem(Fault.NOT_PDF)]
    if not layout:
        return [Problem(Fault.NOT_READABLE)]
    return [Problem(fault, number) for number, page in enumerate(layout, start=1) for fault in _of_page(page)]


def _of_page(page: Mapping[str, Any]) -> Iterator[Fault]:
    """`page`: `{widthMm, heightMm, dpi, blank}`; `dpi` is its coarsest large picture's, None for drawn text only."""
    if page["blank"]:
        yield Fault.BLANK_PAGE
    if page["dpi"] is not None and page["dpi"] < MIN_DPI - _TOLERANCE_DPI:
        yield Fault.LOW_RESOLUTION
    short, long = sorted((page["widthMm"], page["heightMm"]))
    if short < A5_MM[0] - _TOLERANCE_MM or long < A5_MM[1] - _TOLERANCE_MM:
        yield Fault.TOO_SMALL
