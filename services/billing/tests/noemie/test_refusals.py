"""Files that must be refused as a whole, with the place and the cause."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from billing.noemie import (
    CRLF,
    HeaderValues,
    NoemieError,
    ReturnInvoice,
    build_return,
    grouping,
    read_items,
    read_return,
    write_entities,
)
from billing.noemie.blocks import pack
from billing.noemie.layout import AmoSettlement, Archive, Control, End, Header, InvoiceHead, LotHead
from hypothesis import given
from hypothesis import strategies as st

from .strategies import unhurried

DAY = date(2026, 12, 1)
HEADER = HeaderValues(file_id="000123", file_date=DAY)
INVOICES = [
    ReturnInvoice(invoice_number=f"{number:09d}", amount_paid=Decimal(paid), payee="123456789", paid_on=DAY)
    for number, paid in enumerate(["3161.21", "-12.00", "0.01"])
]
WHOLE = build_return(HEADER, INVOICES)
LINES = build_return(HEADER, INVOICES, eol=CRLF)


@pytest.mark.parametrize("whole", [WHOLE, LINES], ids=["without line ends", "with line ends"])
def test_a_file_truncated_at_any_byte_is_refused(whole: bytes) -> None:
    for size in range(len(whole)):
        with pytest.raises(NoemieError):
            read_return(whole[:size])


@pytest.mark.parametrize("whole", [WHOLE, LINES], ids=["without line ends", "with line ends"])
def test_a_file_that_lost_one_byte_is_refused(whole: bytes) -> None:
    for place in range(128, len(whole)):
        with pytest.raises(NoemieError):
            read_return(whole[:place] + whole[place + 1 :])


@unhurried
@given(st.integers(1, 600))
def test_bytes_after_the_end_are_refused(extra: int) -> None:
    with pytest.raises(NoemieError):
        read_return(WHOLE + b"0" * extra)


@unhurried
@given(st.data(), st.sampled_from([WHOLE, LINES]))
def test_a_garbled_file_is_read_or_refused_and_nothing_else(data: st.DataObject, whole: bytes) -> None:
    garbled = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 5))):
        start = data.draw(st.integers(0, len(garbled)))
        stop = data.draw(st.integers(start, min(start + 40, len(garbled))))
        garbled[start:stop] = data.draw(st.binary(max_size=40))
    try:
        found = read_return(bytes(garbled))
    except NoemieError:
        return
    assert found.total == sum((invoice.paid for invoice in found.invoices), Decimal(0))
    for invoice in found.invoices:
        assert invoice.as_json()["invoiceNumber"] == invoice.number


def assembled(
    control: Callable[[Control], Control] = lambda made: made,
    end: Callable[[End], End] = lambda made: made,
    header: Header | None = None,
) -> bytes:
    """A file of one lot and two invoices whose control, end and header can be spoiled."""
    header = header or Header.of(file_id="F1", sender_number="S1", currency="E")
    body = [LotHead.of(lot_number=1)]
    data = [entity.raw for entity in body]
    for number, paid in ((1, Decimal("10.00")), (2, Decimal("-2.50"))):
        data.append(InvoiceHead.of(invoice_number=f"{number:09d}").raw)
        data.append(AmoSettlement.of(state="P", paid=paid).raw)
    data.append(control(Control.of(level_id="F1", lower_count=1, total=Decimal("7.50"))).raw)
    made = End.of(record_count=8, lot_count=1, total=Decimal("7.50")).raw
    last = End(made[:3] + header.raw[3:55] + made[55:])
    return b"".join(pack(header.raw, data, lambda: end(last).raw))


def with_values(**values: int | Decimal | str | None) -> Callable[[Control | End], Control | End]:
    return lambda made: type(made).of(**(made.values() | values))


def end_with(**values: int | Decimal | None) -> Callable[[End], End]:
    def change(made: End) -> End:
        changed = End.of(**(made.values() | values)).raw
        return End(made.raw[:55] + changed[55:])

    return change


def test_the_file_the_next_tests_spoil_is_accepted() -> None:
    assert read_return(assembled()).total == Decimal("7.50")


@pytest.mark.parametrize(
    ("spoiled", "cause"),
    [
        (assembled(control=with_values(lower_count=4)), "counts 4"),  # type: ignore[arg-type]
        (assembled(control=with_values(lower_count=None)), "counts None"),  # type: ignore[arg-type]
        (assembled(control=with_values(total=Decimal("-7.50"))), "total"),  # type: ignore[arg-type]
        (assembled(control=with_values(total=Decimal("7.51"))), "total"),  # type: ignore[arg-type]
        (assembled(end=end_with(record_count=7)), "counts 7 records where there are 8"),
        (assembled(end=end_with(record_count=None)), "counts None records"),
        (assembled(end=end_with(lot_count=2)), "counts 2 lots"),
        (assembled(end=end_with(total=Decimal("7.49"))), "total"),
        (assembled(end=end_with(total=Decimal("-7.50"))), "total"),
        (assembled(end=end_with(total=None)), "total"),
        (assembled(end=lambda made: End(b"999X" + made.raw[4:])), "are not the header's"),
        (assembled(header=Header.of(currency="F")), "not in euros"),
        (assembled(header=Header.of(record_length=256)), "128"),
    ],
)
def test_a_count_total_or_header_that_disagrees_refuses_the_file(spoiled: bytes, cause: str) -> None:
    with pytest.raises(NoemieError, match=cause):
        read_return(spoiled)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        (b"100040", b"101040", "no known type"),
        (b"@1980", b"#1980", "does not end in @"),
        (b"00316121P@", b"0031A121P@", "paid"),
        (b"00316121P@", b"003 6121P@", "paid"),
        (b"00316121P@", b"00316121X@", "paid"),
        (b"P00316121", b"Z00316121", "state"),
    ],
)
def test_an_entity_that_cannot_be_read_is_told_by_place_index_and_cause(old: bytes, new: bytes, cause: str) -> None:
    flat = WHOLE.replace(old, new, 1)
    assert flat != WHOLE
    with pytest.raises(NoemieError, match=cause) as refused:
        read_return(flat)
    place = flat.index(new) + (1 if old.startswith(b"@") else 0)
    assert 0 <= place - refused.value.position <= 24
    assert 6 <= refused.value.entity_index <= 7
    assert "316121" not in refused.value.cause


def test_a_file_without_control_or_with_more_after_it_is_refused() -> None:
    header = Header.of()
    end = End.of(record_count=2, lot_count=0, total=Decimal(0)).raw
    control = Control.of(lower_count=0, total=Decimal(0)).raw
    for data, cause in (([], "no control"), ([control, Archive.of().raw], "after the control")):
        with pytest.raises(NoemieError, match=cause):
            read_return(b"".join(pack(header.raw, data, lambda: end)))


def test_mixed_and_lone_line_ends_are_refused() -> None:
    blocks = [LINES[at : at + 128] for at in range(0, len(LINES), 130)]
    mixed = blocks[0] + CRLF + b"\n".join(blocks[1:])
    for wrong in (LINES[:258] + b"\n\r" + LINES[260:], b"\r".join(blocks), b"\n\n".join(blocks), mixed):
        with pytest.raises(NoemieError):
            read_return(wrong)
    assert read_return(b"\n".join(blocks)).total == Decimal("3149.22")


def test_a_wrong_block_flag_is_refused_where_it_stands() -> None:
    with pytest.raises(NoemieError) as refused:
        read_return(WHOLE[:256] + b"2" + WHOLE[257:])
    assert refused.value.position == 256


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32", "cp037", "cp500"])
def test_another_encoding_is_refused(encoding: str) -> None:
    denied = INVOICES[0].model_copy(update={"rejection_code": "0009-816", "rejection_label": "Droits périmés"})
    for eol in (b"", CRLF):
        written = build_return(HEADER, [denied, *INVOICES[1:]], eol=eol)
        with pytest.raises(NoemieError):
            read_return(written.decode("latin-1").encode(encoding))


def test_a_file_in_two_currencies_is_refused_wherever_the_second_begins() -> None:
    francs = build_return(HEADER.model_copy(update={"currency": "F"}), INVOICES)
    euros = [InvoiceHead.of(invoice_number="000000001").raw, AmoSettlement.of(paid=Decimal("1.00")).raw]
    inside = b"".join(pack(WHOLE[:128], [*euros, francs[:128], *euros], lambda: WHOLE[-128:]))
    for two in (WHOLE + francs, francs + WHOLE, inside):
        with pytest.raises(NoemieError):
            read_return(two)


def test_an_invoice_too_large_to_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "MAX_GROUP", 50)
    entities = [InvoiceHead.of(invoice_number="000000001")] + [Archive.of() for _ in range(60)]
    with pytest.raises(NoemieError, match="belong together"):
        list(read_items(write_entities(Header.of(), entities)))


def test_what_does_not_fit_the_end_block_is_not_written() -> None:
    lots = [LotHead.of(lot_number=1) for _ in range(1000)]
    with pytest.raises(ValueError, match="lot_count"):
        list(write_entities(Header.of(), lots))
    with pytest.raises(ValueError, match="written by the writer"):
        list(write_entities(Header.of(), [Control.of()]))
