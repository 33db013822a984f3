"""Bytes to entities to invoices, streaming: the whole file is checked, and only a few blocks and one invoice are held.

`read_items` and `aread_items` give the `Header`, then each `Lot` followed by its `Invoice`s, then the `End`. A file is
refused as a whole by `NoemieError`, which may come after items have been given: book nothing before `End` has come.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from billing.noemie.blocks import BLOCK, BlockReader
from billing.noemie.errors import NoemieError
from billing.noemie.fields import Entity
from billing.noemie.grouping import MAX_GROUP, OPENING, Grouper, GroupTooLargeError, Item
from billing.noemie.layout import Control, End, Header, layout_for
from billing.noemie.model import Invoice, Lot, Return

EUROS = ("", "E")
PIECE = 1 << 16


class ReturnReader:
    """A reader to push bytes into; `read_items` and `aread_items` are built on it."""

    def __init__(self) -> None:
        self._blocks = BlockReader()
        self._groups = Grouper()
        self._header: Header | None = None
        self._layout = layout_for("")
        self._opening: frozenset[type[Entity]] = frozenset()
        self._rest = b""
        self._offset = 0  # of the first character of _rest among the data characters
        self._count = 0  # entities so far, the header included
        self._total = 0  # cents
        self._control: Control | None = None

    def feed(self, chunk: bytes | memoryview) -> list[Item]:
        """The items that `chunk` completes."""
        try:
            data = self._blocks.feed(chunk)
        except NoemieError as error:
            raise NoemieError(error.position, self._count, error.cause) from error
        if self._header is None and self._blocks.header:
            self._open(Header(self._blocks.header))
        if data:
            self._cut(data)
        return self._groups.take()

    def close(self) -> list[Item]:
        """The last items; without it nothing has been checked."""
        try:
            data, raw = self._blocks.close()
        except NoemieError as error:
            raise NoemieError(error.position, self._count, error.cause) from error
        self._cut(data)
        if self._rest:
            raise self._error(0, "the last entity is not whole")
        if self._control is None:
            raise self._error(0, "there is no control entity (990)")
        end = End(raw)
        self._check_end(end)
        return [*self._groups.take(), end]

    def _error(self, place: int, cause: str) -> NoemieError:
        return NoemieError(self._blocks.position(self._offset + place), self._count, cause)

    def _open(self, header: Header) -> None:
        fault = Header.fault(header.raw)
        if fault:
            raise NoemieError(0, 0, fault)
        if header.record_length not in (None, 0, BLOCK):
            raise NoemieError(82, 0, "the records are not of 128 bytes")
        if header.currency not in EUROS:
            raise NoemieError(69, 0, "the amounts are not in euros")
        self._header = header
        self._layout = layout_for(header.norm)
        self._opening = frozenset(kind for kind in self._layout.values() if issubclass(kind, OPENING))
        self._count = 1
        self._groups.items.append(header)

    def _cut(self, data: bytes) -> None:
        """Cut data characters into entities; the loop that decides how fast a file is read."""
        data = self._rest + data
        layout, groups, size, place = self._layout, self._groups, len(data), 0
        opening = self._opening
        while place < size:
            kind = layout.get(data[place : place + 3])
            if kind is None:
                if size - place < 3:
                    break
                raise self._error(place, "the entity is of no known type")
            stop = place + kind.length
            if stop > size:
                break
            entity = kind(data[place:stop])
            if kind.pattern.match(entity.raw) is None:
                raise self._error(place, f"entity {kind.code.decode()}: {kind.fault(entity.raw)}")
            if self._control is not None:
                raise self._error(place, "there is data after the control entity (990)")
            if kind in opening:
                groups.opening(entity, self._blocks.position(self._offset + place))
            elif isinstance(entity, Control):
                self._check_control(entity, place)
            else:
                try:
                    groups.detail(entity)
                except GroupTooLargeError as error:
                    raise self._error(place, f"more than {MAX_GROUP} entities belong together") from error
                if kind.paid_field is not None:
                    self._total += kind.paid_field.cents(entity.raw)
            self._count += 1
            place = stop
        self._rest = data[place:]
        self._offset += place

    def _check_control(self, control: Control, place: int) -> None:
        """The layout does not say what "lower level" counts under a file: lots, invoices or entities are accepted."""
        self._groups.finish()
        if control.lower_count not in (self._groups.lots, self._groups.invoices, self._count - 1):
            raise self._error(place, f"the control (990) counts {control.lower_count}, which is not what precedes it")
        if Control.total.cents(control.raw) != self._total:
            raise self._error(place, "the control's (990) total is not the sum of what was paid")
        self._control = control

    def _check_end(self, end: End) -> None:
        position = self._blocks.position(self._offset + 1) // BLOCK * BLOCK
        fault = End.fault(end.raw)
        count = self._count + 1
        if fault is None and self._header is not None and end.raw[3:55] != self._header.raw[3:55]:
            fault = "its sender, recipient and file are not the header's"
        if fault is None and end.record_count != count:
            fault = f"it counts {end.record_count} records where there are {count}"
        if fault is None and end.lot_count not in (None, self._groups.lots):
            fault = f"it counts {end.lot_count} lots where there are {self._groups.lots}"
        if fault is None and (end.total is None or End.total.cents(end.raw) != self._total):
            fault = "its total is not the sum of what was paid"
        if fault:
            raise NoemieError(position, self._count, f"end block (999): {fault}")


def read_items(chunks: Iterable[bytes]) -> Iterator[Item]:
    """The items of a file given as chunks of any size."""
    reader = ReturnReader()
    for chunk in chunks:
        for piece in _pieces(chunk):
            yield from reader.feed(piece)
    yield from reader.close()


async def aread_items(chunks: AsyncIterable[bytes]) -> AsyncIterator[Item]:
    """The same from an asynchronous source, such as a download."""
    reader = ReturnReader()
    async for chunk in chunks:
        for piece in _pieces(chunk):
            for item in reader.feed(piece):
                yield item
    for item in reader.close():
        yield item


def read_return(source: bytes | Iterable[bytes]) -> Return:
    """The whole file at once, for files that fit in memory."""
    items = read_items([source] if isinstance(source, bytes) else source)
    header = next(items)
    if not isinstance(header, Header):
        raise TypeError("a file's first item is its header")
    found = Return(header)
    for item in items:
        match item:
            case Lot():
                found.lots.append(item)
            case Invoice():
                item.lot.invoices.append(item)
            case End():
                found.end = item
    return found


def _pieces(chunk: bytes) -> Iterator[memoryview]:
    """Cut a chunk small, so that a whole file given as one chunk is not copied several times."""
    view = memoryview(chunk)
    return (view[at : at + PIECE] for at in range(0, len(view), PIECE))
