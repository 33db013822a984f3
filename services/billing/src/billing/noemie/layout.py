"""The NOEMIE-PS return layout, as data: one class per entity, one line per field, positions 1-based.

The positions were read off a public viewer of 2007 and not off the current specification; a correction is one edit
here. A norm that differs gets its own entries in `LAYOUTS` (subclass an entity and declare the fields that moved).
"""

from collections.abc import Mapping

from billing.noemie.fields import Amount, Choice, Day, Entity, Number, Text


class Header(Entity, code="000", length=128):
    """The first block."""

    sender_type = Text(4, 5)
    sender_number = Text(6, 19)
    sender_program = Text(20, 25)
    recipient_type = Text(26, 27)
    recipient_number = Text(28, 41)
    recipient_program = Text(42, 47)
    application = Text(48, 49)
    file_id = Text(50, 55)
    file_date = Day(56, 61)
    norm = Text(62, 65)
    norm_version = Text(66, 67)
    compaction = Text(68, 68)
    encryption = Text(69, 69)
    currency = Text(70, 70)
    flow = Text(71, 71)
    record_length = Number(83, 85)
    message = Text(92, 128)

    @property
    def is_real(self) -> bool:
        """False for test (T) and demonstration (D) flows, which must never be booked."""
        return self.flow in ("", "R")


class Payee(Entity, code="020", length=21, level=1):
    payee = Text(6, 20)


class SecondPayee(Entity, code="040", length=21, level=1):
    payee = Text(6, 20)


class Accounting(Entity, code="070", length=12, level=2):
    accounting_date = Day(6, 11)


class Transfer(Entity, code="071", length=86, level=2):
    transfer_date = Day(6, 11)
    label = Text(12, 43)
    second_label = Text(44, 75)
    payer = Text(76, 85)


class LotHead(Entity, code="080", length=15, level=3):
    lot_date = Day(6, 11)
    lot_number = Number(12, 14)


class ReturnType(Entity, code="081", length=22, level=3):
    """01 electronic, 02 paper, 03 one-off payment, 04 reminder, 05 retention."""

    return_type = Text(6, 7)
    place = Text(8, 21)


class InvoiceHead(Entity, code="100", length=15, level=4):
    invoice_number = Text(6, 14)


class InvoiceDetail(Entity, code="102", length=40, level=4):
    invoice_number = Text(6, 14)
    complement = Text(15, 20)
    lot_number = Number(21, 23)
    lot_date = Day(24, 29)
    invoice_type = Text(30, 30)
    invoice_date = Day(31, 36)
    insurance_nature = Text(38, 39)


class Insured(Entity, code="103", length=152, level=5):
    """Birth dates stay text: some are not days of the calendar."""

    nir = Text(6, 18, personal=True)
    nir_key = Text(19, 20, personal=True)
    birth_name = Text(21, 45, personal=True)
    usual_name = Text(46, 70, personal=True)
    first_name = Text(71, 85, personal=True)
    own_nir = Text(86, 98, personal=True)
    own_nir_key = Text(99, 100, personal=True)
    birth_date = Text(101, 106, personal=True)
    birth_rank = Text(107, 107, personal=True)
    beneficiary_name = Text(108, 132, personal=True)
    beneficiary_first_name = Text(133, 147, personal=True)


class InsuredName(Entity, code="110", length=88, level=5):
    nir = Text(6, 18, personal=True)
    nir_key = Text(19, 20, personal=True)
    name_nature = Text(21, 21)
    name = Text(22, 46, personal=True)
    first_name = Text(73, 87, personal=True)


class Beneficiary(Entity, code="120", length=57, level=5):
    birth_date = Text(6, 11, personal=True)
    birth_rank = Text(12, 12, personal=True)
    name = Text(13, 37, personal=True)
    first_name = Text(38, 52, personal=True)
    unit = Text(53, 56)


class Insurance(Entity, code="150", length=8, level=5):
    insurance = Text(6, 7)


class Archive(Entity, code="160", length=23, level=5):
    archive_number = Text(6, 22)


class AmoSettlement(Entity, code="198", length=24, level=5):
    """What the obligatory insurance asked, decided and paid."""

    requested = Amount(6, 13)
    state = Choice(14, b"PRD")
    paid = Amount(15, 22, sign=23)


class AmcSettlement(Entity, code="199", length=49, level=5):
    """The same for the complementary insurance."""

    requested = Amount(6, 13)
    state = Choice(14, b"PRD")
    paid = Amount(15, 22, sign=23)
    amc_number = Text(24, 33)
    member = Text(34, 48, personal=True)


class Act(Entity, code="210", length=118, level=6):
    line = Number(6, 7)
    first_date = Day(16, 21)
    second_date = Day(22, 27)
    third_date = Day(28, 33)
    unit_price = Amount(34, 41)
    base = Amount(42, 49)
    rate = Number(50, 52)
    reimbursed = Amount(53, 60, sign=61)
    nature = Text(62, 64)
    quantity = Number(67, 69)
    coefficient = Number(70, 74)
    spend = Amount(78, 85)
    qualifier = Text(86, 87)
    complement = Text(102, 109)


class Retention(Entity, code="250", length=47, level=5):
    """Money kept back against a debt."""

    debt_ref = Text(8, 17)
    retention_date = Day(18, 23)
    nature = Text(24, 26)
    operation = Text(27, 29)
    amount = Amount(30, 37, sign=38)
    balance = Amount(39, 46)


class LumpSum(Entity, code="261", length=19, level=5):
    lump_code = Text(6, 10)
    amount = Amount(11, 18)


class LumpSumDetail(Entity, code="262", length=134, level=5):
    label = Text(11, 90)
    period = Text(113, 125)
    amount = Amount(126, 133)


class Notice(Entity, code="290", length=98, level=6):
    """A rejection or a notice on a line."""

    line = Number(6, 7)
    rejection_code = Text(8, 17)
    label = Text(18, 97)


class Rejection(Entity, code="294", length=153, level=6):
    """A rejection of an invoice (F), a line (L) or a code (A), obligatory part (O) or complementary (C)."""

    rejection_code = Text(6, 9)
    label = Text(10, 95)
    rejection_level = Text(96, 96)
    part = Text(97, 97)
    nature = Text(98, 102)
    care_date = Day(103, 108)
    line = Number(118, 120)
    info = Text(123, 152)


class Comment(Entity, code="295", length=135, level=6):
    comment_code = Text(6, 6)
    text = Text(7, 134)


class Control(Entity, code="990", length=43, level=0):
    level_id = Text(6, 22)
    lower_count = Number(23, 30)
    total = Amount(31, 41, sign=42)


class End(Entity, code="999", length=128):
    """The last block; positions 4-55 repeat the header's."""

    record_count = Number(56, 63)
    lot_count = Number(83, 85)
    total = Amount(86, 96, sign=97)


ENTITIES: tuple[type[Entity], ...] = (
    Payee,
    SecondPayee,
    Accounting,
    Transfer,
    LotHead,
    ReturnType,
    InvoiceHead,
    InvoiceDetail,
    Insured,
    InsuredName,
    Beneficiary,
    Insurance,
    Archive,
    AmoSettlement,
    AmcSettlement,
    Act,
    Retention,
    LumpSum,
    LumpSumDetail,
    Notice,
    Rejection,
    Comment,
    Control,
)

Layout = Mapping[bytes, type[Entity]]

PUBLIC_2007: Layout = {entity.code: entity for entity in ENTITIES}

LAYOUTS: Mapping[str, Layout] = {}
"""Layouts that differ from the default, by the header's norm reference."""


def layout_for(norm: str) -> Layout:
    """The entities between header and end, by code, for a norm reference; the known ones unless it has its own."""
    return LAYOUTS.get(norm, PUBLIC_2007)
