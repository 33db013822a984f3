"""Pictures of the accepted types, opened by Pillow: only ever in the reader's process."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps
from pillow_heif import register_heif_opener

THUMBNAIL_PIXELS: Final = 320
_FORMATS: Final = ("PNG", "JPEG", "TIFF", "HEIF")

# A4 at 600 dpi has 35 million; Pillow refuses twice that as a bomb.
Image.MAX_IMAGE_PIXELS = 60_000_000
register_heif_opener(thumbnails=False)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture, its pixels not read yet; no format but the accepted ones is tried."""
    with Image.open(path, formats=_FORMATS) as image:
        yield image


def thumbnail(image: Image.Image) -> bytes:
    """The first frame in small, the way up it was taken, as a PNG."""
    return png(frame(image, 0, THUMBNAIL_PIXELS))


def frame(image: Image.Image, number: int, longest_side: int) -> Image.Image:
    """One frame, counted from 0, upright, in colours or grey and no larger than that, in pixels."""
    image.seek(number)
    image.draft("RGB", (longest_side, longest_side))  # a JPEG is decoded in small to begin with
    upright = ImageOps.exif_transpose(image)
    opaque = upright.convert("L" if upright.mode in {"1", "L", "I;16"} else "RGB")
    opaque.thumbnail((longest_side, longest_side))
    return opaque


def png(image: Image.Image) -> bytes:
    """The pixels, and nothing of what else the file said of where and when it was taken."""
    written = io.BytesIO()
    bare = image.copy()
    bare.info.clear()
    bare.save(written, "PNG")
    return written.getvalue()
