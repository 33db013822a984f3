import base64
import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from documents.scanning import ScannerUnavailable, ScanStatus, YaraScanner
from documents.scanning.buffers import WINDOW_BYTES
from documents.scanning.parts import Budget

# In two halves, so that antivirus programs leave this file alone.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND" + rb"ARD-ANTIVIRUS-TEST-FILE!$H+H*"
SAMPLES = Path(__file__).parents[4] / "samples"


def pdf(*objects: bytes, trailer: bytes = b"/Root 1 0 R") -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, 1))
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + body + b"trailer\n<<" + trailer + b">>\nstartxref\n0\n%%EOF\n"


def stream(data: bytes, dictionary: bytes = b"/Filter /FlateDecode", *, pack: bool = True) -> bytes:
    packed = zlib.compress(data) if pack else data
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(packed), packed)


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def program() -> bytes:
    header = bytearray(b"MZ" + bytes(126))
    header[0x3C:0x40] = struct.pack("<I", 128)
    return bytes(header) + b"PE\x00\x00\x64\x86" + bytes(200)


CATALOGUE = b"<< /Type /Catalog /Pages 2 0 R %s >>"
PAGES = b"<< /Type /Pages /Kids [] /Count 0 >>"
SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(17)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


async def chunks_of(data: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


@pytest.fixture(scope="module")
def scanner() -> YaraScanner:
    return YaraScanner()


async def signatures(scanner: YaraScanner, data: bytes) -> set[str]:
    verdict = await scanner.scan(chunks_of(data))
    assert (verdict.status is ScanStatus.INFECTED) == bool(verdict.signatures)
    return {name.removeprefix("yara.") for name in verdict.signatures}


CLEAN: dict[str, bytes] = {
    "nothing": b"",
    "text": "Ordonnance : fauteuil roulant à propulsion manuelle".encode(),
    "png": PNG + bytes(5000),
    "plain pdf": pdf(CATALOGUE % b"", PAGES, stream(b"BT (Bonjour) Tj ET")),
    "pdf that opens on a page": pdf(CATALOGUE % b"/OpenAction [2 0 R /Fit]", PAGES),
    "pdf that opens on a page by an action": pdf(CATALOGUE % b"/OpenAction << /S /GoTo /D [2 0 R /Fit] >>", PAGES),
    "pdf with a link": pdf(CATALOGUE % b"", PAGES, b"<< /S /URI /URI (https://example.org/JavaScript) >>"),
    "pdf with metadata left in clear": pdf(CATALOGUE % b"", PAGES, b"<< /EncryptMetadata false >>"),
    "pdf whose text speaks of scripts": pdf(CATALOGUE % b"", PAGES, stream(b"BT (a /JavaScript b) Tj ET")),
    "pdf with object streams": pdf(CATALOGUE % b"", PAGES, stream(b"5 0 << >>", b"/Type/ObjStm/Filter/FlateDecode")),
    "pdf with a damaged stream": pdf(CATALOGUE % b"", PAGES, stream(b"x\x9cgarbage", pack=False)),
    "zip": zipped({"a.txt": b"hello" * 100}),
    "old office file": OLE + "Root Entry".encode("utf-16-le"),
}


@pytest.mark.parametrize("name", CLEAN)
async def test_what_is_harmless_is_clean(scanner: YaraScanner, name: str) -> None:
    assert await signatures(scanner, CLEAN[name]) == set()


@pytest.mark.parametrize(
    ("name", "data"), [(path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("*.p[dn][fg]"))]
)
async def test_the_sample_documents_are_clean(scanner: YaraScanner, name: str, data: bytes) -> None:
    assert await signatures(scanner, data) == set(), name


def bad_checksum(data: bytes) -> bytes:
    return zlib.compress(data)[:-4] + b"\x00\x00\x00\x00"


EICAR_SOMEWHERE: dict[str, bytes] = {
    "alone": EICAR,
    "after text": b"x" * 3_000_000 + EICAR,
    "across two windows": b"x" * (WINDOW_BYTES - 30) + EICAR + b"y" * 100_000,
    "zip": zipped({"a/b.com": EICAR}),
    "stored zip": zipped({"a/b.com": EICAR}, zipfile.ZIP_STORED),
    "zip in zip": zipped({"b.zip": zipped({"c.zip": zipped({"e": EICAR})})}),
    "stored zip in zip": zipped({"b.zip": zipped({"e": EICAR}, zipfile.ZIP_STORED)}),
    "zip behind a picture": PNG + zipped({"e": EICAR}),
    "zip without its directory": zipped({"e": EICAR, "f": b"more" * 50})[:200],
    "gzip": zlib.compress(EICAR, wbits=31),
    "pdf stream": pdf(CATALOGUE % b"", PAGES, stream(EICAR)),
    "pdf stream as it is": pdf(CATALOGUE % b"", PAGES, stream(EICAR, b"", pack=False)),
    "pdf stream, escaped filter name": pdf(CATALOGUE % b"", stream(EICAR, b"/Filter /Fl#61teDecode")),
    "pdf stream, wrong checksum": pdf(CATALOGUE % b"", stream(bad_checksum(EICAR), pack=False)),
    "pdf stream, wrong length": pdf(CATALOGUE % b"", stream(EICAR, b"/Length 1")),
    "pdf stream, hexadecimal": pdf(
        CATALOGUE % b"", stream(EICAR.hex().encode() + b">", b"/Filter /ASCIIHexDecode", pack=False)
    ),
    "pdf stream, base 85 over flate": pdf(
        CATALOGUE % b"",
        stream(base64.a85encode(zlib.compress(EICAR)) + b"~>", b"/Filter [/ASCII85Decode /FlateDecode]", pack=False),
    ),
    "pdf stream, packed twice": pdf(CATALOGUE % b"", stream(zlib.compress(EICAR))),
    "zip in a pdf stream": pdf(CATALOGUE % b"", stream(zipped({"e": EICAR}))),
    "big member": zipped({"e": b"x" * 5_000_000 + EICAR + b"y" * 5_000_000}),
}


@pytest.mark.parametrize("place", EICAR_SOMEWHERE)
async def test_the_eicar_file_is_found_wherever_it_hides(scanner: YaraScanner, place: str) -> None:
    assert "EICAR_test_file" in await signatures(scanner, EICAR_SOMEWHERE[place])


DANGEROUS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "encrypted pdf": ("PDF_encrypted", lambda: pdf(CATALOGUE % b"", trailer=b"/Root 1 0 R /Encrypt 9 0 R")),
    "encrypted pdf, direct": ("PDF_encrypted", lambda: pdf(CATALOGUE % b"", trailer=b"/Encrypt<</V 4>>")),
    "encrypted pdf, escaped": ("PDF_encrypted", lambda: pdf(CATALOGUE % b"", trailer=b"/Encr#79pt 9 0 R")),
    "javascript": ("PDF_javascript", lambda: pdf(CATALOGUE % b"/OpenAction 3 0 R", PAGES, SCRIPT)),
    "javascript, escaped": ("PDF_javascript", lambda: pdf(CATALOGUE % b"", SCRIPT.replace(b"Java", b"#4a#61v#61"))),
    "javascript in an object stream": (
        "PDF_javascript",
        lambda: pdf(CATALOGUE % b"", stream(b"5 0 " + SCRIPT, b"/Type /ObjStm /Filter /FlateDecode")),
    ),
    "javascript in an object stream, escaped": (
        "PDF_javascript",
        lambda: pdf(
            CATALOGUE % b"", stream(b"5 0 " + SCRIPT.replace(b"S", b"#53"), b"/Type /Ob#6aStm /Filter /FlateDecode")
        ),
    ),
    "javascript across two windows": (
        "PDF_javascript",
        lambda: pdf(CATALOGUE % b"", b"%" + b"x" * (WINDOW_BYTES - 100) + b"\n" * 20 + SCRIPT),
    ),
    "object stream behind a predictor": (
        "PDF_object_stream_obfuscated",
        lambda: pdf(stream(b"5 0 ", b"/Type /ObjStm /DecodeParms << /Predictor 12 >> /Filter /FlateDecode")),
    ),
    "object stream in lzw": (
        "PDF_object_stream_obfuscated",
        lambda: pdf(stream(b"5 0 ", b"/Type /ObjStm /Filter /LZWDecode")),
    ),
    "launch": ("PDF_launch", lambda: pdf(CATALOGUE % b"/OpenAction <</S/Launch/F(cmd.exe)>>")),
    "page opened on the web": ("PDF_open_action", lambda: pdf(CATALOGUE % b"/OpenAction <</S /URI /URI (x)>>")),
    "embedded file": ("PDF_embedded_file", lambda: pdf(CATALOGUE % b"", stream(b"x", b"/Type /EmbeddedFile"))),
    "rich media": ("PDF_active_content", lambda: pdf(CATALOGUE % b"", b"<< /Subtype /RichMedia >>")),
    "form script": (
        "PDF_xfa_script",
        lambda: pdf(CATALOGUE % b"", stream(b'<script contentType="application/x-javascript">app.alert(1)</script>')),
    ),
    "malformed hexadecimal stream": (
        "PDF_stream_malformed",
        lambda: pdf(stream(b"zz~zz~>", b"/Filter /ASCII85Decode", pack=False)),
    ),
    "old macro document": ("Office_macro_ole", lambda: OLE + "_VBA_PROJECT".encode("utf-16-le")),
    "docm": (
        "Office_macro_ooxml",
        lambda: zipped({"[Content_Types].xml": b"<Types/>", "word/vbaProject.bin": OLE + b"x"}),
    ),
    "docm under another name": (
        "Office_macro_ooxml",
        lambda: zipped({"[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml"}),
    ),
    "docm in a pdf": (
        "Office_macro_ole",
        lambda: pdf(stream(zipped({"word/x.bin": OLE + "_VBA_PROJECT".encode("utf-16-le") + bytes(100)}))),
    ),
    "office file behind a password": ("Office_encrypted", lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "windows program": ("Executable_pe", program),
    "windows program carried in a picture": (
        "Executable_pe",
        lambda: PNG + program() + b"This program cannot be run in DOS mode",
    ),
    "linux program": ("Executable_elf", lambda: b"\x7fELF\x02\x01\x01" + bytes(60)),
    "linux program in a pdf": ("Executable_elf", lambda: pdf(stream(b"abc\x7fELF\x02\x01\x01" + bytes(60)))),
    "mac program": ("Executable_mach_o", lambda: b"\xcf\xfa\xed\xfe\x07\x00\x00\x01" + bytes(60)),
    "shortcut": ("Executable_shortcut", lambda: bytes.fromhex("4c0000000114020000000000c000000000000046") + bytes(60)),
    "script": ("Script", lambda: b"#!/bin/sh\nrm -rf ~\n"),
    "page": ("Script", lambda: b"\n<!DOCTYPE html><html></html>"),
    "php in a picture": ("Script_in_image", lambda: PNG + b"<?php system($_GET['c']); ?>"),
    "picture with an archive": ("Polyglot_archive", lambda: PNG + zipped({"a": b"b" * 100})),
    "pdf with an archive": ("Polyglot_archive", lambda: pdf(CATALOGUE % b"") + zipped({"a": b"b" * 100})),
    "program before a pdf": ("Polyglot_pdf_prefix", lambda: b"MZ\x00\x00" + pdf(CATALOGUE % b"")),
    "picture before a pdf": ("Polyglot_pdf_prefix", lambda: PNG + pdf(CATALOGUE % b"")),
    "rar": ("Archive_opaque", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(60)),
    "7z in a zip": ("Archive_opaque", lambda: zipped({"a.7z": b"7z\xbc\xaf\x27\x1c" + bytes(60)})),
    "zip of an unknown method": ("Archive_unknown_method", lambda: zipped({"a": b"b" * 100}, zipfile.ZIP_LZMA)),
}


@pytest.mark.parametrize("name", DANGEROUS)
async def test_what_is_dangerous_is_named(scanner: YaraScanner, name: str) -> None:
    signature, build = DANGEROUS[name]
    assert signature in await signatures(scanner, build())


async def test_an_encrypted_zip_is_refused(scanner: YaraScanner) -> None:
    data = bytearray(zipped({"a": b"b" * 100}))
    data[6] |= 1
    assert "Archive_encrypted" in await signatures(scanner, bytes(data))


def layer() -> bytes:
    return zipped({"0": bytes(20 * 1024 * 1024)})


def layers(*names: str, **members: bytes) -> bytes:
    """A zip of one layer under several names, and whatever else."""
    return zipped({**members, **dict.fromkeys(names, layer())})


BOMBS: dict[str, Callable[[], bytes]] = {
    "many members": lambda: layers(*map(str, range(8))),
    "pdf streams": lambda: pdf(*[stream(bytes(20 * 1024 * 1024))] * 6),
    "nested": lambda: layers("b", "c", "d", a=layers("b", "c", "d")),
}


async def found_and_peak(scanner: YaraScanner, data: bytes) -> tuple[set[str], int]:
    tracemalloc.start()
    try:
        return await signatures(scanner, data), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_in_little_memory(name: str) -> None:
    scanner = YaraScanner(unpacked_limit_bytes=64 * 1024 * 1024)
    found, peak = await found_and_peak(scanner, BOMBS[name]())
    assert found == {"Limits_unpacked_size"}
    assert peak < 16 * 1024 * 1024


async def test_three_hundred_megabytes_in_one_third_of_one_are_refused_by_default(scanner: YaraScanner) -> None:
    packed = zlib.compressobj(wbits=31)
    bomb = b"".join([*(packed.compress(bytes(1024 * 1024)) for _ in range(300)), packed.flush()])
    assert await signatures(scanner, bomb) == {"Limits_unpacked_size"}


async def test_endless_nesting_is_refused(scanner: YaraScanner) -> None:
    data = b"x" * 100
    for _ in range(10):
        data = zipped({"a.zip": data + b" " * 100})
    assert await signatures(scanner, data) == {"Limits_depth"}


async def test_endless_parts_are_refused(scanner: YaraScanner) -> None:
    assert await signatures(scanner, pdf(b"stream\n" * 20_001)) == {"Limits_parts"}


async def test_a_scan_over_its_time_gives_no_verdict(scanner: YaraScanner) -> None:
    with pytest.raises(ScannerUnavailable, match="time limit"):
        await YaraScanner(time_limit_s=-1).scan(chunks_of(CLEAN["plain pdf"]))


async def test_an_error_of_the_source_passes_through(scanner: YaraScanner) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield EICAR
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await scanner.scan(broken())


def test_a_budget_is_spent_once_for_all_parts() -> None:
    budget = Budget(bytes_left=10, parts_left=1)
    budget.spend_bytes(10)
    budget.spend_part()
    with pytest.raises(Exception, match="Limits_parts"):
        budget.spend_part()
    with pytest.raises(Exception, match="Limits_unpacked_size"):
        budget.spend_bytes(1)
