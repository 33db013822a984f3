"""Typst, with our templates and the fonts it carries."""

import asyncio
import json
import re
import unicodedata
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import typst
from common.events.retry import PermanentError

from documents.rendering.models import DeliveryNote, QuoteDocument

TEMPLATES: Final = frozenset({"quote", "delivery_note"})
# PDF/A-2a: kept for decades, and tagged, so that a screen reader reads it as well.
STANDARD: Final = "a-2a"

# Ranges the embedded fonts draw whole (tested): PDF/A refuses a document with a character that no font has.
DRAWN: Final = (
    (0x0020, 0x007E),  # Latin
    (0x00A0, 0x02E4),
    (0x0300, 0x036F),  # marks that do not compose
    (0x0384, 0x038A),  # Greek
    (0x038E, 0x03A1),
    (0x03A3, 0x03CE),
    (0x0400, 0x0477),  # Cyrillic
    (0x05D0, 0x05EA),  # Hebrew
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),  # punctuation
    (0x202F, 0x2037),
    (0x2039, 0x203E),
    (0x20AC, 0x20AC),
    (0x2116, 0x2116),
    (0x2122, 0x2122),
    (0x2190, 0x219B),
    (0x2212, 0x2212),
    (0x2248, 0x2248),
    (0x2260, 0x2265),
)
_UNDRAWN = re.compile("[^" + "".join(f"{chr(first)}-{chr(last)}" for first, last in DRAWN) + "]")


class RenderError(PermanentError):
    """The document could not be written: a fault of the template or of data it did not expect."""


async def render_quote(document: QuoteDocument) -> bytes:
    """The quote as PDF/A."""
    return await render("quote", document.model_dump(mode="json"))


async def render_delivery_note(document: DeliveryNote) -> bytes:
    """The delivery note as PDF/A."""
    return await render("delivery_note", document.model_dump(mode="json"))


async def render(template: str, data: dict[str, Any]) -> bytes:
    """The PDF of `template` (one of TEMPLATES), off the event loop; raises RenderError.

    data: JSON values, with `issued_on` (ISO date), which is also the file's own date, so that the same data give the
    same bytes. It reaches the template as a value, never as markup.
    """
    if template not in TEMPLATES:
        raise RenderError(f"no template is called {template!r}")
    return await asyncio.to_thread(_compile, template, data)


def _compile(template: str, data: dict[str, Any]) -> bytes:
    stamp = datetime.combine(date.fromisoformat(data["issued_on"]), time(), UTC)
    with as_file(files("documents.rendering").joinpath("templates")) as folder:
        try:
            pdf = typst.compile(
                folder / f"{template}.typ",
                root=folder,
                font_paths=_fonts(),
                ignore_system_fonts=True,
                sys_inputs={"data": json.dumps(_drawn(data), ensure_ascii=False)},
                format="pdf",
                pdf_standards=[STANDARD],
                timestamp=stamp,
            )
        except typst.TypstError as error:
            # Its own text quotes the data; only the kind of fault may reach a log.
            raise RenderError(f"template {template!r} failed") from error
    return bytes(pdf)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def _drawn(value: Any) -> Any:
    """The data as the fonts can draw it: see `_drawn_text`."""
    if isinstance(value, str):
        return _drawn_text(value)
    if isinstance(value, dict):
        return {key: _drawn(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_drawn(item) for item in value]
    return value


def _drawn_text(text: str) -> str:
    """Composed; controls as spaces, invisible marks dropped; U+FFFD, for all to see, where the fonts have nothing."""
    composed = unicodedata.normalize("NFC", text)
    visible = (
        " " if kind in {"Cc", "Zl", "Zp"} else character
        for character in composed
        if (kind := unicodedata.category(character)) != "Cf"
    )
    return _UNDRAWN.sub("\ufffd", "".join(visible))
