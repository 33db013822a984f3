"""NOEMIE-PS return files: the layout as data, a streaming reader and the writer that reverses it."""

from billing.noemie.compose import HeaderValues, ReturnInvoice, ReturnLine, build_return
from billing.noemie.errors import NoemieError
from billing.noemie.grouping import Item
from billing.noemie.model import Denial, Invoice, Lot, Payment, Return, State, entity_json
from billing.noemie.reader import ReturnReader, aread_items, read_items, read_return
from billing.noemie.writer import CRLF, write_entities, write_return

__all__ = [
    "CRLF",
    "Denial",
    "HeaderValues",
    "Invoice",
    "Item",
    "Lot",
    "NoemieError",
    "Payment",
    "Return",
    "ReturnInvoice",
    "ReturnLine",
    "ReturnReader",
    "State",
    "aread_items",
    "build_return",
    "entity_json",
    "read_items",
    "read_return",
    "write_entities",
    "write_return",
]
