"""Typed values to the bytes of a return file: the reverse of the reader, byte for byte."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from billing.noemie.blocks import pack
from billing.noemie.fields import Entity
from billing.noemie.layout import Control, End, Header, LotHead
from billing.noemie.model import Return

CRLF = b"\r\n"


class _Totals:
    """What the control and the end say of the entities that have passed."""

    def __init__(self) -> None:
        self.entities = 0
        self.lots = 0
        self.cents = 0

    def passing(self, entities: Iterable[Entity]) -> Iterator[bytes]:
        for entity in entities:
            if isinstance(entity, Header | Control | End):
                raise ValueError("the header, the control and the end are written by the writer")  # noqa: TRY004
            self.entities += 1
            self.lots += isinstance(entity, LotHead)
            paid = type(entity).paid_field
            if paid is not None:
                self.cents += paid.cents(entity.raw)
            yield entity.raw

    @property
    def total(self) -> Decimal:
        return Decimal(self.cents).scaleb(-2)


def write_entities(header: Header, entities: Iterable[Entity], *, eol: bytes = b"") -> Iterator[bytes]:
    """The pieces of a file holding `entities`, in their order; the control (990) and the end (999) are made here.

    `eol` is b"" or CRLF, between blocks. ValueError when a count or total is too large for its field.
    """
    totals = _Totals()

    def data() -> Iterator[bytes]:
        yield from totals.passing(entities)
        yield Control.of(level_id=header.file_id, lower_count=totals.lots, total=totals.total).raw

    def end() -> bytes:
        made = End.of(record_count=totals.entities + 3, lot_count=totals.lots, total=totals.total).raw
        return made[:3] + header.raw[3:55] + made[55:]

    yield from pack(header.raw, data(), end, eol)


def write_return(content: Return, *, eol: bytes = b"") -> bytes:
    """The whole file for a `Return`."""
    return b"".join(write_entities(content.header, content.entities(), eol=eol))
