"""What a return file says, as billing reads it: lots of invoices with their settlements, rejections and retentions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, cast

from billing.noemie.fields import Entity, Value
from billing.noemie.layout import (
    Accounting,
    Act,
    AmcSettlement,
    AmoSettlement,
    Comment,
    End,
    Header,
    InvoiceDetail,
    InvoiceHead,
    LotHead,
    LumpSum,
    LumpSumDetail,
    Notice,
    Payee,
    Rejection,
    Retention,
    ReturnType,
    SecondPayee,
    Transfer,
)

ZERO = Decimal("0.00")

E = TypeVar("E", bound=Entity)


class State(StrEnum):
    """What the insurance decided on an invoice."""

    PAID = "P"
    REJECTED = "R"
    DEFERRED = "D"
    UNPROCESSED = ""


@dataclass(frozen=True, slots=True)
class Denial:
    """Why something was rejected, or a notice, as the file words it (from 290 and 294)."""

    code: str
    label: str
    line: int | None
    part: str = ""
    level: str = ""


class Records:
    """Entities in the order of the file, found by their kind."""

    __slots__ = ("entities",)

    def __init__(self, entities: list[Entity] | None = None) -> None:
        self.entities: list[Entity] = entities or []

    def all(self, kind: type[E]) -> list[E]:
        """Every entity of a kind."""
        code = kind.code  # compared, not isinstance: a norm's own entity keeps the code, and this is asked very often
        return [cast("E", entity) for entity in self.entities if entity.code == code]

    def first(self, kind: type[E]) -> E | None:
        """The first entity of a kind, if there is one."""
        for entity in self.entities:
            if isinstance(entity, kind):
                return entity
        return None

    @property
    def retentions(self) -> list[Retention]:
        return self.all(Retention)

    @property
    def comments(self) -> list[Comment]:
        return self.all(Comment)

    @property
    def notices(self) -> list[Notice]:
        return self.all(Notice)

    @property
    def rejections(self) -> list[Rejection]:
        return self.all(Rejection)

    @property
    def lump_sums(self) -> list[LumpSum | LumpSumDetail]:
        return [entity for entity in self.entities if isinstance(entity, LumpSum | LumpSumDetail)]

    @property
    def denials(self) -> list[Denial]:
        """The rejections and notices together, those of an invoice or line with their place."""
        found = [Denial(each.rejection_code, each.label, each.line) for each in self.notices]
        return found + [
            Denial(each.rejection_code, each.label, each.line, each.part, each.rejection_level)
            for each in self.rejections
        ]


class Payment(Records):
    """Who is paid, when and by which transfer: the entities 020 to 071 that precede lots.

    What this payment does not repeat it has from the one before (a payee with several accounting dates).
    """

    __slots__ = ("_inherited",)

    def __init__(self, entities: list[Entity] | None = None, before: "Payment | None" = None) -> None:
        super().__init__(entities)
        self._inherited = before.in_force() if before else Records()

    def current(self, kind: type[E]) -> E | None:
        """The entity of a kind that is in force here; a new payee inherits nothing."""
        own = self.first(kind)
        if own or self.first(Payee) or self.first(SecondPayee):
            return own
        return self._inherited.first(kind)

    def in_force(self) -> Records:
        """What the next payment inherits: copied, so that a long file does not chain its payments."""
        kinds: tuple[type[Entity], ...] = (Payee, SecondPayee, Accounting, Transfer)
        return Records([entity for entity in map(self.current, kinds) if entity])

    @property
    def payee(self) -> str:
        entity = self.current(SecondPayee) or self.current(Payee)
        return entity.payee if entity else ""

    @property
    def accounting_date(self) -> date | None:
        entity = self.current(Accounting)
        return entity.accounting_date if entity else None

    @property
    def transfer_date(self) -> date | None:
        entity = self.current(Transfer)
        return entity.transfer_date if entity else None

    @property
    def transfer_label(self) -> str:
        entity = self.current(Transfer)
        return f"{entity.label} {entity.second_label}".strip() if entity else ""


class Lot(Records):
    """A lot: 080, 081 and what concerns no invoice. `invoices` is filled by `read_return`, not while streaming.

    `head` is the 080 in force when the lot does not begin with its own (a second return type of the same lot).
    """

    __slots__ = ("_head", "invoices", "payment")

    def __init__(self, payment: Payment, entities: list[Entity] | None = None, head: LotHead | None = None) -> None:
        super().__init__(entities)
        self.payment = payment
        self.invoices: list[Invoice] = []
        self._head = head

    @property
    def head(self) -> LotHead | None:
        return self.first(LotHead) or self._head

    @property
    def number(self) -> int | None:
        return self.head.lot_number if self.head else None

    @property
    def lot_date(self) -> date | None:
        return self.head.lot_date if self.head else None

    @property
    def return_type(self) -> str:
        entity = self.first(ReturnType)
        return entity.return_type if entity else ""


class Invoice(Records):
    """An invoice of the return; `position` is the byte of the file where it begins."""

    __slots__ = ("lot", "position")

    def __init__(self, lot: Lot, entities: list[Entity] | None = None, position: int = 0) -> None:
        super().__init__(entities)
        self.lot = lot
        self.position = position

    @property
    def number(self) -> str:
        """Nine digits, zeros before; as the file has it when it is no number."""
        head = self.first(InvoiceHead) or self.first(InvoiceDetail)
        number = head.invoice_number.strip() if head else ""
        return number.zfill(9) if number.isdecimal() else number

    @property
    def amo(self) -> list[AmoSettlement]:
        return self.all(AmoSettlement)

    @property
    def amc(self) -> list[AmcSettlement]:
        return self.all(AmcSettlement)

    @property
    def acts(self) -> list[Act]:
        return self.all(Act)

    @property
    def settlements(self) -> list[AmoSettlement | AmcSettlement]:
        return [*self.amo, *self.amc]

    @property
    def state(self) -> State:
        """The obligatory part's decision, or else the complementary part's."""
        states = [State(settlement.state) for settlement in self.settlements]
        return next((state for state in states if state), State.UNPROCESSED)

    @property
    def amo_paid(self) -> Decimal:
        """Signed; negative where money is taken back."""
        return _paid(self.amo)

    @property
    def amc_paid(self) -> Decimal:
        return _paid(self.amc)

    @property
    def paid(self) -> Decimal:
        return _paid(self.settlements)

    @property
    def requested(self) -> Decimal:
        return sum((settlement.requested or ZERO for settlement in self.settlements), ZERO)

    @property
    def paid_on(self) -> date | None:
        """The day of the transfer, else of the accounting, else of the lot."""
        payment = self.lot.payment
        return payment.transfer_date or payment.accounting_date or self.lot.lot_date

    def as_json(self) -> dict[str, Any]:
        """The invoice for storage: JSON values, camelCase, nothing that names or identifies a person."""
        return {
            "invoiceNumber": self.number,
            "state": self.state.name,
            "amoPaid": str(self.amo_paid),
            "amcPaid": str(self.amc_paid),
            "payee": self.lot.payment.payee,
            "paidOn": _json(self.paid_on),
            "lotNumber": self.lot.number,
            "entities": [entity_json(entity) for entity in self.entities],
        }


@dataclass(slots=True, eq=False)
class Return:
    """A whole return file."""

    header: Header
    lots: list[Lot] = field(default_factory=list)
    end: End | None = None

    @property
    def invoices(self) -> Iterator[Invoice]:
        return (invoice for lot in self.lots for invoice in lot.invoices)

    @property
    def total(self) -> Decimal:
        """The signed sum of what the obligatory and complementary parts paid."""
        return sum((invoice.paid for invoice in self.invoices), ZERO)

    def entities(self) -> Iterator[Entity]:
        """Everything between the header and the control, in the order of the file."""
        payment: Payment | None = None
        for lot in self.lots:
            if lot.payment is not payment:
                payment = lot.payment
                yield from payment.entities
            yield from lot.entities
            for invoice in lot.invoices:
                yield from invoice.entities


def entity_json(entity: Entity) -> dict[str, Any]:
    """An entity's fields as JSON values, camelCase, without those that name or identify a person."""
    raw = entity.raw
    return {"entity": entity.code.decode()} | {name: _json(each.read(raw)) for name, each in entity.told.items()}


def _paid(settlements: Sequence[AmoSettlement | AmcSettlement]) -> Decimal:
    """The sum, made in cents."""
    return Decimal(sum(type(each).paid.cents(each.raw) for each in settlements)).scaleb(-2)


def _json(value: Value) -> str | int | None:
    return str(value) if isinstance(value, Decimal | date) else value
