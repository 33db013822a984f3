"""A PNG of raw pixels."""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EIGHT_BITS_RGB = (8, 2, 0, 0, 0)


def png_of(pixels: memoryview | bytes, width: int, height: int, stride: int) -> bytes:
    """`pixels`: rows of `stride` bytes, of which the first 3 x `width` are red, green and blue."""
    rows = b"".join(b"\0" + bytes(pixels[row * stride : row * stride + 3 * width]) for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, *_EIGHT_BITS_RGB)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
