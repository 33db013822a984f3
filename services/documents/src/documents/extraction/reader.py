"""The program that opens what strangers sent: `python -m documents.extraction.reader FILE MEDIA-TYPE`.

It runs in a process of its own, with little time and memory and nothing worth stealing in its environment, and writes
one JSON object: `{source, pages, text, thumbnail, layout}`, the thumbnail a PNG in base64 or null.
"""

import base64
import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image

from documents.content.magic import MediaType
from documents.extraction import pictures

MAX_PAGES = 10
MAX_MEASURED_PAGES = 50
MAX_CHARS = 100_000
_OCR_DPI = 200
_POINTS_PER_INCH = 72
_MM_PER_POINT = 25.4 / _POINTS_PER_INCH
_SCANNED_PART = 0.25
_BLANK_PIXELS = 200
_INK = 200
_INKED_PART = 0.0005
_LONGEST_SIDE_PIXELS = 4000
_OCR_SECONDS = 60


def limit(cpu_seconds: int, memory_bytes: int) -> None:
    """Let this process and its children have no more than that."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(path: Path, media_type: MediaType) -> dict[str, Any]:
    """What is in the file; the parts that cannot be read are missing, or empty."""
    return _read_pdf(path) if media_type is MediaType.PDF else _read_image(path)


def _read_pdf(path: Path) -> dict[str, Any]:
    document = pypdfium2.PdfDocument(path)
    try:
        pages = range(min(len(document), MAX_PAGES))
        text = "\n".join(_page_text(document, number) for number in pages)[:MAX_CHARS]
        source = "TEXT_LAYER" if text.strip() else "NONE"
        if source == "NONE" and _can_recognise():
            text = "\n".join(_recognise_page(document, number) for number in pages)[:MAX_CHARS]
            source = "OCR"
        with _page(document, 0) as page:
            thumbnail = pictures.png(_picture(page, pictures.THUMBNAIL_PIXELS / max(page.get_size())))
        layout = [_layout(document, number) for number in range(min(len(document), MAX_MEASURED_PAGES))]
        return _reading(source, len(document), text, thumbnail, layout)
    finally:
        document.close()


@contextmanager
def _page(document: Any, number: int) -> Iterator[Any]:
    page = document[number]
    try:
        yield page
    finally:
        page.close()


def _page_text(document: Any, number: int) -> str:
    with _page(document, number) as page:
        text_page = page.get_textpage()
        try:
            return str(text_page.get_text_bounded())
        finally:
            text_page.close()


def _picture(page: Any, scale: float) -> Image.Image:
    bitmap = page.render(scale=min(scale, _LONGEST_SIDE_PIXELS / max(page.get_size())), rev_byteorder=True)
    try:
        picture: Image.Image = bitmap.to_pil().copy()  # its pixels go with the bitmap
        return picture
    finally:
        bitmap.close()


def _layout(document: Any, number: int) -> dict[str, Any]:
    """`{widthMm, heightMm, dpi, blank}` of a page; `dpi` is the coarsest of its large pictures', None without any."""
    with _page(document, number) as page:
        width, height = page.get_size()
        pictures = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
        found = [dpi for picture in pictures if (dpi := _dpi(picture, width * height)) is not None]
        return {
            "widthMm": round(width * _MM_PER_POINT, 1),
            "heightMm": round(height * _MM_PER_POINT, 1),
            "dpi": min(found, default=None),
            "blank": _is_blank(page),
        }


def _dpi(picture: Any, page_area: float) -> int | None:
    """None for a picture too small to be a scan."""
    left, bottom, right, top = picture.get_bounds()
    if (right - left) * (top - bottom) < page_area * _SCANNED_PART:
        return None
    metadata = picture.get_metadata()
    coarser: float = min(metadata.horizontal_dpi, metadata.vertical_dpi)
    return round(coarser)


def _is_blank(page: Any) -> bool:
    bitmap = page.render(scale=_BLANK_PIXELS / max(page.get_size()), rev_byteorder=True)
    try:
        pixels = bytes(bitmap.buffer)
    finally:
        bitmap.close()
    return sum(value < _INK for value in pixels) < len(pixels) * _INKED_PART


def _recognise_page(document: Any, number: int) -> str:
    with TemporaryDirectory() as folder, _page(document, number) as page:
        image = Path(folder) / "page.png"
        image.write_bytes(pictures.png(_picture(page, _OCR_DPI / _POINTS_PER_INCH)))
        return _recognise(image)


def _read_image(path: Path) -> dict[str, Any]:
    with pictures.opened(path) as image:
        pages = min(getattr(image, "n_frames", 1), MAX_PAGES)
        thumbnail = pictures.thumbnail(image)
        text, source = "", "NONE"
        if _can_recognise():
            text = "\n".join(_recognise_frame(image, number) for number in range(pages))[:MAX_CHARS]
            source = "OCR"
        return _reading(source, pages, text, thumbnail)


def _recognise_frame(image: Image.Image, number: int) -> str:
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.png"
        page.write_bytes(pictures.png(pictures.frame(image, number, _LONGEST_SIDE_PIXELS)))
        return _recognise(page)


def _can_recognise() -> bool:
    return shutil.which("tesseract") is not None


def _recognise(image: Path) -> str:
    command = ["tesseract", str(image), "stdout", "-l", "fra"]
    done = subprocess.run(command, capture_output=True, timeout=_OCR_SECONDS, check=False)  # noqa: S603 - our own
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def _reading(
    source: str, pages: int, text: str, thumbnail: bytes | None, layout: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    encoded = base64.b64encode(thumbnail).decode() if thumbnail else None
    return {"source": source, "pages": pages, "text": text, "thumbnail": encoded, "layout": layout or []}


if __name__ == "__main__":
    limit(int(sys.argv[3]), int(sys.argv[4]))
    json.dump(read(Path(sys.argv[1]), MediaType(sys.argv[2])), sys.stdout)
