"""Reading tables and archives: what is right is read whole, and nothing else is taken for right."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from typing import Any

import pytest
from cases.lppr_import import dbf
from cases.lppr_import.dbf import DbfError, DbfTable
from cases.lppr_import.domain import HISTORY, ImportRefused, RefusalReason
from cases.lppr_import.service import read_export
from cases.testing import LppFiles
from hypothesis import given
from hypothesis import strategies as st

ROW = {"CODE_TIPS": "4222803", "DEBUTVALID": "20030908", "FINHISTO": "20210630", "NAT_PREST": "VEH", "TARIF": "631.17"}
MIB = 1024 * 1024
FICHE = {"CODE_TIPS": "4222803", "NOM_COURT": "VHP, fauteuil roulant à pousser"}


def test_rows_are_read_in_code_page_850_without_those_deleted(lpp: Any) -> None:
    table = DbfTable(io.BytesIO(lpp.fiches(FICHE, {**FICHE, "NOM_COURT": "effacé"}, deleted=1)))
    assert table.columns >= {"CODE_TIPS", "NOM_COURT"}
    assert list(table.rows("NOM_COURT", "CODE_TIPS")) == [(1, ["VHP, fauteuil roulant à pousser", "4222803"])]


def _table(rows: int) -> bytes:
    header = struct.pack("<BBBBIHH20x", 0x03, 126, 1, 1, rows, 65, 6)
    return header + struct.pack("<11sc4xBB14x", b"A", b"C", 5, 0) + b"\r" + b" abcde" * rows + b"\x1a"


@given(cut=st.integers(0, len(_table(3)) - 2))
def test_a_table_cut_short_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(DbfError):
        list(DbfTable(io.BytesIO(_table(3)[:cut])).rows("A"))


@given(st.binary(max_size=300))
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ImportRefused):
        read_export(noise)


@given(st.binary(max_size=300))
def test_noise_behind_a_good_header_is_refused_or_read_as_records(noise: bytes) -> None:
    records = [noise[start : start + 6] for start in range(0, 18, 6)]
    try:
        read = list(DbfTable(io.BytesIO(_table(3)[:65] + noise)).rows("A"))
    except DbfError:
        assert any(len(record) < 6 or record[0] not in b" *" for record in records)
    else:
        kept = [(number, record) for number, record in enumerate(records, start=1) if record[0] == 0x20]
        assert read == [(number, [record[1:].decode("cp850").strip(" \0")]) for number, record in kept]


@given(at=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_an_archive_with_any_byte_damaged_is_refused_or_read_as_it_was(at: float, flip: int) -> None:
    files = LppFiles()
    good = files.zip(lpp_histo_tot=files.history(ROW))
    damaged = bytearray(good)
    damaged[int(at * len(good))] ^= flip
    try:
        read = read_export(bytes(damaged))
    except ImportRefused:
        return
    assert read == read_export(good)


def test_a_table_that_claims_to_be_huge_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DbfError, match="larger than"):
        DbfTable(io.BytesIO(struct.pack("<BBBBIHH20x", 0x03, 126, 1, 1, 2**32 - 1, 65, 6)))
    monkeypatch.setattr(dbf, "MAX_TABLE_BYTES", 17)
    with pytest.raises(DbfError, match="larger than"):
        DbfTable(io.BytesIO(_table(3)))


def test_an_export_is_found_in_its_zip_whatever_stands_beside(lpp: Any) -> None:
    content = lpp.zip(lpp_fiche_tot=lpp.fiches(FICHE), lpp_histo_tot832=lpp.history(ROW), lpp_comp_tot=b"anything")
    export = read_export(content)
    [found] = export.validities["4222803"]
    assert (found.label, found.category, found.max_price) == (FICHE["NOM_COURT"], "VEH", None)
    assert (str(found.valid_from), str(found.valid_until)) == ("2003-09-08", "2021-06-30")
    assert (export.rows, export.refusals) == (2, [])


def test_what_is_no_export_is_refused_with_a_reason(lpp: Any) -> None:
    history = lpp.history(ROW)
    good = lpp.zip(lpp_histo_tot=history)
    bad = {
        "no table lpp_histo_tot": lpp.zip(lpp_fiche_tot=lpp.fiches(FICHE)),
        "cannot be read": good[: len(good) // 2],
        "has no column DEBUTVALID": lpp.zip(lpp_histo_tot=lpp.table((("CODE_TIPS", "C", 7),), [ROW])),
        "ends too early": lpp.zip(lpp_histo_tot=history[:-40]),
        "two tables": lpp.zip(lpp_histo_tot=history, lpp_histo_tot2=history),
        "not a DBF table": lpp.zip(lpp_histo_tot=b"<html>" * 20),
        "more than": lpp.zip(**{f"x{number}": b"" for number in range(101)}),
    }
    for reason, content in bad.items():
        with pytest.raises(ImportRefused, match=reason):
            read_export(content)


def _bomb(declared: int) -> bytes:
    """A zip of 2 MB whose table unpacks to 2 GB of zeros, and is said to have `declared` bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = deflate.compress(bytes(16 * MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("LPP_HISTO_TOT.DBF", block * 128 + deflate.flush())
    packed = bytearray(out.getvalue())
    directory = packed.index(b"PK\x01\x02")
    for method, size in ((8, 22), (directory + 10, directory + 24)):
        struct.pack_into("<H", packed, method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", packed, size, declared)
    return bytes(packed)


@pytest.mark.parametrize(("declared", "reason"), [(2048 * MIB, "larger than"), (1_000, "Bad CRC")])
def test_a_zip_bomb_of_2_gb_is_refused_without_being_unpacked_even_if_it_lies(declared: int, reason: str) -> None:
    bomb = _bomb(declared)
    assert len(bomb) < 4 * MIB
    tracemalloc.start()
    with pytest.raises(ImportRefused, match=reason):
        read_export(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MIB


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"CODE_TIPS": "42228"}, RefusalReason.CODE),
        ({"CODE_TIPS": "42228O3"}, RefusalReason.CODE),
        ({"DEBUTVALID": ""}, RefusalReason.DATE),
        ({"DEBUTVALID": "20230230"}, RefusalReason.DATE),
        ({"FINHISTO": "2021"}, RefusalReason.DATE),
        ({"FINHISTO": "20030907"}, RefusalReason.PERIOD),
        ({"NAT_PREST": ""}, RefusalReason.CATEGORY),
        ({"PUREGLEMEN": "-1.00"}, RefusalReason.AMOUNT),
        ({"PUREGLEMEN": "1.001"}, RefusalReason.AMOUNT),
        ({"PUREGLEMEN": "NaN"}, RefusalReason.AMOUNT),
        ({"PUREGLEMEN": "**********"}, RefusalReason.AMOUNT),
        ({"PUREGLEMEN": "1E+30"}, RefusalReason.AMOUNT),
    ],
)
def test_a_bad_row_is_left_out_and_others_are_read(lpp: Any, changes: dict[str, str], reason: RefusalReason) -> None:
    good = {**ROW, "CODE_TIPS": "4222804"}
    export = read_export(lpp.zip(lpp_fiche_tot=lpp.fiches(FICHE), lpp_histo_tot=lpp.history({**ROW, **changes}, good)))
    assert [(refusal.table, refusal.row, refusal.reason) for refusal in export.refusals] == [(HISTORY, 1, reason)]
    assert list(export.validities) == ["4222804"]


def test_of_two_validities_that_overlap_the_second_is_left_out(lpp: Any) -> None:
    later = {**ROW, "DEBUTVALID": "20210630", "FINHISTO": ""}
    export = read_export(lpp.history(ROW, later))
    assert [(refusal.row, refusal.reason) for refusal in export.refusals] == [(2, RefusalReason.OVERLAP)]
