import tracemalloc
from collections.abc import AsyncIterator, Iterator
from datetime import date
from decimal import Decimal

import pytest
from billing.noemie import (
    CRLF,
    Denial,
    HeaderValues,
    Invoice,
    NoemieError,
    ReturnInvoice,
    ReturnLine,
    State,
    aread_items,
    build_return,
    read_items,
    read_return,
    write_entities,
    write_return,
)
from billing.noemie.fields import Entity
from billing.noemie.layout import (
    Accounting,
    Comment,
    End,
    Header,
    InvoiceDetail,
    InvoiceHead,
    LotHead,
    Payee,
    Retention,
    ReturnType,
)
from hypothesis import given
from hypothesis import strategies as st

from .strategies import files, headers, unhurried

DAY = date(2026, 12, 1)
HEADER = HeaderValues(file_id="000123", file_date=DAY)


def outcome(number: int = 1, paid: str = "360.53", **values: object) -> ReturnInvoice:
    return ReturnInvoice.model_validate(
        {"invoice_number": f"{number:09d}", "amount_paid": paid, "payee": "123456789", "paid_on": DAY} | values
    )


REJECTED = outcome(
    2, "0.00", state="R", amount_requested="260.00", rejection_code="0009-816", rejection_label="Droits périmés"
)


@unhurried
@given(headers, files, st.sampled_from([b"", CRLF, b"\n"]))
def test_writer_to_reader_to_writer_is_byte_for_byte(header: Header, entities: list[Entity], eol: bytes) -> None:
    written = b"".join(write_entities(header, entities, eol=eol))
    found = read_return(written)
    assert write_return(found, eol=eol) == written
    remade = (type(entity).of(**entity.values()) for entity in found.entities())
    assert b"".join(write_entities(Header.of(**found.header.values()), remade, eol=eol)) == written


@unhurried
@given(headers, files, st.integers(1, 300))
def test_the_size_of_chunks_changes_nothing(header: Header, entities: list[Entity], size: int) -> None:
    written = b"".join(write_entities(header, entities))
    chunks = [written[at : at + size] for at in range(0, len(written), size)]
    assert list(read_return(chunks).entities()) == list(read_return(written).entities())


def test_an_invoice_tells_its_state_amounts_payee_and_day() -> None:
    lines = (ReturnLine(unit_price=Decimal("180.00"), quantity=2, reimbursed=Decimal("360.00"), care_date=DAY),)
    found = list(read_return(build_return(HEADER, [outcome(amc_paid="12.34", lines=lines), REJECTED])).invoices)
    paid, rejected = found
    assert (paid.number, paid.state, paid.amo_paid, paid.amc_paid, paid.paid, paid.lot.payment.payee, paid.paid_on) == (
        "000000001",
        State.PAID,
        Decimal("360.53"),
        Decimal("12.34"),
        Decimal("372.87"),
        "123456789",
        DAY,
    )
    assert [(act.line, act.quantity, act.unit_price, act.spend, act.first_date) for act in paid.acts] == [
        (1, 2, Decimal("180.00"), Decimal("360.00"), DAY)
    ]
    assert (rejected.state, rejected.paid, rejected.requested) == (State.REJECTED, Decimal("0.00"), Decimal("260.00"))
    assert rejected.denials == [Denial("0009-816", "Droits périmés", None)]


def test_a_short_rejection_code_becomes_a_rejection_of_the_invoice() -> None:
    short = REJECTED.model_copy(update={"rejection_code": "0454", "rejection_label": "Non latin: œ €"})
    (invoice,) = read_return(build_return(HEADER, [short])).invoices
    assert invoice.denials == [Denial("0454", "Non latin: ? ?", None, "O", "F")]


def test_negative_amounts_are_taken_off_the_total() -> None:
    found = read_return(build_return(HEADER, [outcome(1, "100.00"), outcome(2, "-250.10")]))
    assert [invoice.paid for invoice in found.invoices] == [Decimal("100.00"), Decimal("-250.10")]
    assert found.total == Decimal("-150.10")
    assert found.end is not None
    assert found.end.total == Decimal("-150.10")


def test_payees_and_days_make_lots_of_their_own() -> None:
    other_day = date(2026, 12, 2)
    invoices = [outcome(1), outcome(2), outcome(3, payee="987654321"), outcome(4, payee="987654321", paid_on=other_day)]
    found = read_return(build_return(HEADER, invoices))
    assert [(lot.number, lot.lot_date, lot.payment.payee, len(lot.invoices)) for lot in found.lots] == [
        (1, DAY, "123456789", 2),
        (2, DAY, "987654321", 1),
        (3, other_day, "987654321", 1),
    ]
    assert found.end is not None
    assert (found.end.lot_count, found.end.record_count) == (3, 3 + 3 * 5 + 4 * 2)


def test_lots_without_their_own_payee_or_head_have_the_one_before() -> None:
    entities = [
        Payee.of(payee="P1"),
        Accounting.of(accounting_date=DAY),
        LotHead.of(lot_date=DAY, lot_number=4),
        ReturnType.of(return_type="01"),
        InvoiceHead.of(invoice_number="000000001"),
        InvoiceDetail.of(invoice_number="000000001", complement="X"),
        ReturnType.of(return_type="05"),
        Retention.of(debt_ref="D1", amount=Decimal("-5.00")),
        Accounting.of(accounting_date=date(2026, 12, 3)),
        LotHead.of(lot_number=5),
        InvoiceDetail.of(invoice_number="       12"),
        InvoiceDetail.of(invoice_number="AB"),
    ]
    found = read_return(b"".join(write_entities(Header.of(file_id="F"), entities)))
    assert [(lot.number, lot.return_type, lot.payment.payee) for lot in found.lots] == [
        (4, "01", "P1"),
        (4, "05", "P1"),
        (5, "", "P1"),
    ]
    assert [invoice.number for invoice in found.invoices] == ["000000001", "000000012", "AB"]
    assert [invoice.paid_on for invoice in found.invoices] == [DAY, date(2026, 12, 3), date(2026, 12, 3)]
    assert [retention.amount for retention in found.lots[1].retentions] == [Decimal("-5.00")]
    assert found.end is not None
    assert found.end.lot_count == 2


def test_latin_1_text_is_read() -> None:
    entities = [InvoiceHead.of(invoice_number="000000001"), Comment.of(comment_code="1", text="Réglé à échéance, 12 £")]
    (invoice,) = read_return(b"".join(write_entities(Header.of(), entities))).invoices
    assert invoice.comments[0].text == "Réglé à échéance, 12 £"


def test_json_of_an_invoice_holds_amounts_as_strings() -> None:
    (invoice,) = read_return(build_return(HEADER, [outcome()])).invoices
    made = invoice.as_json()
    assert made["amoPaid"] == "360.53"
    assert made["paidOn"] == "2026-12-01"
    assert made["entities"][1] == {"entity": "198", "requested": "360.53", "state": "P", "paid": "360.53"}


def test_test_and_demonstration_flows_are_known_as_such() -> None:
    flows = {flow: read_return(build_return(HEADER.model_copy(update={"flow": flow}), [])).header for flow in "RTD"}
    assert [header.is_real for header in flows.values()] == [True, False, False]


async def test_an_asynchronous_source_gives_the_same_items() -> None:
    written = build_return(HEADER, [outcome(), REJECTED], eol=CRLF)

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(written), 100):
            yield written[at : at + 100]

    kinds = [type(item) for item in read_items([written])]
    assert [type(item) async for item in aread_items(chunks())] == kinds
    assert kinds[0] is Header
    assert kinds[-1] is End
    assert kinds.count(Invoice) == 2


@pytest.mark.parametrize("trailing", [b"\r\n", b"\n"])
def test_a_line_end_after_the_last_block_is_accepted(trailing: bytes) -> None:
    for eol in (b"", CRLF):
        written = build_return(HEADER, [outcome()], eol=eol)
        assert write_return(read_return(written + trailing), eol=eol) == written


def test_a_last_data_block_cut_short_is_accepted() -> None:
    written = build_return(HEADER, [outcome()])
    short = written[:-128].rstrip(b" ") + written[-128:]
    assert len(short) < len(written)
    assert write_return(read_return(short)) == written


def test_writing_and_reading_hold_little_memory_whatever_the_size() -> None:
    comment = Comment.of(comment_code="1", text="x" * 128)

    def entities() -> Iterator[Entity]:
        yield LotHead.of(lot_number=1)
        for number in range(2000):
            yield InvoiceHead.of(invoice_number=f"{number:09d}")
            for _ in range(10):
                yield comment

    tracemalloc.start()
    try:
        size = invoices = 0
        for item in read_items(write_entities(Header.of(), entities())):
            if isinstance(item, Invoice):
                invoices += 1
                size = item.position
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert invoices == 2000
    assert size > 2_500_000
    assert peak < 1_500_000


@unhurried
@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused_with_a_position(data: bytes) -> None:
    with pytest.raises(NoemieError) as refused:
        read_return(data)
    assert 0 <= refused.value.position <= len(data) + 130
