"""Which entities belong together: payments, lots and invoices out of the order in which entities come."""

from billing.noemie.fields import Entity
from billing.noemie.layout import (
    Accounting,
    End,
    Header,
    InvoiceDetail,
    InvoiceHead,
    LotHead,
    Payee,
    ReturnType,
    SecondPayee,
    Transfer,
)
from billing.noemie.model import Invoice, Lot, Payment

Item = Header | Lot | Invoice | End

OPENING = (Payee, SecondPayee, Accounting, Transfer, LotHead, ReturnType, InvoiceHead, InvoiceDetail)
MAX_GROUP = 100_000
"""The most entities of one invoice or lot: more is no return file, and would be held in memory."""


class GroupTooLargeError(Exception):
    """More entities belong together than may be held."""


class Grouper:
    """Takes entities one by one; what is complete is in `items`, a lot before its invoices."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.lots = 0
        self.invoices = 0
        self._payment = Payment()
        self._lot: Lot | None = None
        self._lot_given = False
        self._lot_head: LotHead | None = None
        self._invoice: Invoice | None = None

    def take(self) -> list[Item]:
        """The items complete since the last call."""
        items, self.items = self.items, []
        return items

    def detail(self, entity: Entity) -> None:
        """An entity that belongs to the open invoice, or to the lot when there is none."""
        group = (self._invoice or self._lot or self._open_lot([])).entities
        if len(group) >= MAX_GROUP:
            raise GroupTooLargeError
        group.append(entity)

    def opening(self, entity: Entity, position: int) -> None:
        """An entity that begins an invoice, a lot or a payment."""
        if isinstance(entity, InvoiceHead | InvoiceDetail):
            self._open_invoice(entity, position)
        elif isinstance(entity, LotHead):
            self.lots += 1
            self._lot_head = None
            self._open_lot([entity])
            self._lot_head = entity
        elif isinstance(entity, ReturnType):
            if self._lot is None or self._lot_given:
                self._open_lot([entity])
            else:
                self._lot.entities.append(entity)
        else:
            self._extend_payment(entity)

    def finish(self) -> None:
        """Nothing more will come."""
        if self._lot is None and self._payment.entities:
            self._open_lot([])
        self._close_lot()

    def _extend_payment(self, entity: Entity) -> None:
        if self._lot is not None:
            self._close_lot()
            self._lot_head = None
            self._payment = Payment(before=self._payment)
        self._payment.entities.append(entity)

    def _open_lot(self, entities: list[Entity]) -> Lot:
        self._close_lot()
        self._lot = Lot(self._payment, entities, self._lot_head)
        self._lot_given = False
        return self._lot

    def _open_invoice(self, entity: InvoiceHead | InvoiceDetail, position: int) -> None:
        if isinstance(entity, InvoiceDetail) and self._completes_open_invoice(entity):
            return
        lot = self._lot or self._open_lot([])
        self._give()
        self.invoices += 1
        self._invoice = Invoice(lot, [entity], position)

    def _completes_open_invoice(self, entity: InvoiceDetail) -> bool:
        """A 102 after the 100 of the same number says more of that invoice and opens none."""
        invoice = self._invoice
        if invoice is None or invoice.first(InvoiceDetail):
            return False
        head = invoice.first(InvoiceHead)
        if head is None or head.invoice_number != entity.invoice_number:
            return False
        invoice.entities.append(entity)
        return True

    def _close_lot(self) -> None:
        self._give()
        self._lot = None

    def _give(self) -> None:
        if self._lot is not None and not self._lot_given:
            self.items.append(self._lot)
            self._lot_given = True
        if self._invoice is not None:
            self.items.append(self._invoice)
            self._invoice = None
