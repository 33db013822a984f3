"""Kinds of fields and the entity they belong to: how each kind is read, written and checked.

A field is declared with its first and last position, 1-based as in the specification. Reading is lazy: an entity keeps
its raw bytes and decodes a field when it is asked for, which is what lets a reader go through hundreds of thousands of
records a second. What `Entity.pattern` matches never fails to decode.
"""

import re
from abc import ABC, abstractmethod
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

CENTURY = 2000
BLANK = b" "
MARK = ord("@")

T = TypeVar("T")
Value = str | int | Decimal | date | None


class Field(ABC, Generic[T]):
    """One field of an entity; `personal` ones name or identify a person and stay out of JSON."""

    def __init__(self, first: int, last: int, *, personal: bool = False) -> None:
        self.first, self.last, self.personal = first, last, personal
        self.start, self.stop, self.width = first - 1, last, last - first + 1
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, entity: None, owner: type) -> Self: ...
    @overload
    def __get__(self, entity: "Entity", owner: type) -> T: ...
    def __get__(self, entity: "Entity | None", owner: type) -> "Self | T":
        return self if entity is None else self.read(entity.raw)

    @abstractmethod
    def read(self, raw: bytes) -> T:
        """The value in the entity's bytes."""

    def write(self, into: bytearray, value: Any) -> None:
        """Put `value` into the entity's bytes; raise ValueError when it does not fit."""
        data = BLANK * self.width if value is None else self.encode(value)
        if len(data) > self.width:
            raise ValueError(f"{self.name} takes {self.width} characters")
        into[self.start : self.stop] = data

    def patterns(self) -> list[tuple[int, int, str]]:
        """What the field's bytes must match to be readable: start, width and regular expression; nothing for text."""
        return []

    def unreadable(self, raw: bytes) -> bool:
        """Whether the entity's bytes break one of `patterns`."""
        return not all(
            re.fullmatch(part.encode(), raw[start : start + width]) for start, width, part in self.patterns()
        )

    @abstractmethod
    def encode(self, value: Any) -> bytes:
        """`value` as the bytes of the field, padded."""


class Text(Field[str]):
    """Latin-1, left-aligned, spaces after; blank is the empty string."""

    def read(self, raw: bytes) -> str:
        return raw[self.start : self.stop].decode("latin-1").rstrip(" ")

    def encode(self, value: str) -> bytes:
        data = value.encode("latin-1")
        if any(byte < 32 or 127 <= byte < 160 for byte in data):
            raise ValueError(f"{self.name} holds a control character")
        return data.ljust(self.width)


class Choice(Text):
    """One character out of a few, or blank."""

    def __init__(self, position: int, choices: bytes) -> None:
        super().__init__(position, position)
        self.choices = choices + BLANK

    def patterns(self) -> list[tuple[int, int, str]]:
        return [(self.start, 1, f"[{self.choices.decode()}]")]

    def encode(self, value: str) -> bytes:
        data = super().encode(value)
        if data not in self.choices:
            raise ValueError(f"{self.name} is one of {self.choices.decode()!r}")
        return data


class Number(Field[int | None]):
    """Digits, right-aligned, zeros before; blank is None."""

    def patterns(self) -> list[tuple[int, int, str]]:
        return [(self.start, self.width, _number_pattern(self.width))]

    def read(self, raw: bytes) -> int | None:
        digits = raw[self.start : self.stop].strip(BLANK)
        return int(digits) if digits else None

    def encode(self, value: int) -> bytes:
        if value < 0:
            raise ValueError(f"{self.name} is never negative")
        return b"%0*d" % (self.width, value)


class Amount(Field[Decimal | None]):
    """Cents in the file, a Decimal in euros with two places here; `sign` is the position of its P or N, if any."""

    def __init__(self, first: int, last: int, *, sign: int | None = None) -> None:
        super().__init__(first, last)
        self.sign = sign

    def patterns(self) -> list[tuple[int, int, str]]:
        digits = [(self.start, self.width, _number_pattern(self.width))]
        return digits if self.sign is None else [*digits, (self.sign - 1, 1, "[PN ]")]

    def cents(self, raw: bytes) -> int:
        """The signed amount in cents, 0 where blank."""
        digits = raw[self.start : self.stop].strip(BLANK)
        amount = int(digits) if digits else 0
        return -amount if self.sign is not None and raw[self.sign - 1] == ord("N") else amount

    def read(self, raw: bytes) -> Decimal | None:
        if not raw[self.start : self.stop].strip(BLANK):
            return None
        return Decimal(self.cents(raw)).scaleb(-2)

    def write(self, into: bytearray, value: Decimal | None) -> None:
        super().write(into, value)
        if self.sign is not None and value is not None:
            into[self.sign - 1 : self.sign] = b"N" if value < 0 else b"P"

    def encode(self, value: Decimal) -> bytes:
        cents = value * 100
        if not cents.is_finite() or cents != cents.to_integral_value():
            raise ValueError(f"{self.name} has at most two decimals")
        if value < 0 and self.sign is None:
            raise ValueError(f"{self.name} is never negative")
        return b"%0*d" % (self.width, abs(int(cents)))


class Day(Field[date | None]):
    """YYMMDD in the years 2000 to 2099; blank, zeros and what is no day are None (the raw bytes stay at hand)."""

    def read(self, raw: bytes) -> date | None:
        digits = raw[self.start : self.stop]
        if not digits.isdigit():
            return None
        try:
            return date(CENTURY + int(digits[:2]), int(digits[2:4]), int(digits[4:]))
        except ValueError:
            return None

    def encode(self, value: date) -> bytes:
        if not CENTURY <= value.year < CENTURY + 100:
            raise ValueError(f"{self.name} is between {CENTURY} and {CENTURY + 99}")
        return value.strftime("%y%m%d").encode()


class Entity:
    """One entity of a return: its raw bytes, and its fields as attributes of the class that describes it."""

    __slots__ = ("raw",)

    code: ClassVar[bytes]
    length: ClassVar[int]
    level: ClassVar[int | None]
    fields: ClassVar[dict[str, Field[Any]]] = {}
    told: ClassVar[dict[str, Field[Any]]] = {}
    """The fields that identify nobody, by their names in JSON."""
    paid_field: ClassVar[Amount | None] = None
    pattern: ClassVar[re.Pattern[bytes]]

    def __init__(self, raw: bytes) -> None:
        self.raw = raw

    def __init_subclass__(cls, *, code: str = "", length: int = 0, level: int | None = None) -> None:
        if code:
            cls.code, cls.length, cls.level = code.encode(), length, level
        own = {name: field for name, field in vars(cls).items() if isinstance(field, Field)}
        cls.fields = dict(sorted({**cls.fields, **own}.items(), key=lambda item: item[1].first))
        cls.told = {_camel(name): field for name, field in cls.fields.items() if not field.personal}
        cls.pattern = _pattern(cls)
        paid = cls.fields.get("paid")
        cls.paid_field = paid if isinstance(paid, Amount) else None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, Entity) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code.decode()}>"

    @classmethod
    def of(cls, **values: Value) -> Self:
        """Make the entity from field values; fields not given are blank. ValueError when one does not fit."""
        unknown = values.keys() - cls.fields.keys()
        if unknown:
            raise ValueError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
        raw = bytearray(BLANK * cls.length)
        raw[:3] = cls.code
        if cls.level is not None:
            raw[3:5] = b"%02d" % cls.level
            raw[-1] = MARK
        for name, value in values.items():
            cls.fields[name].write(raw, value)
        return cls(bytes(raw))

    def values(self, *, personal: bool = True) -> dict[str, Value]:
        """Every field with its value; without those that identify a person when `personal` is False."""
        return {name: field.read(self.raw) for name, field in self.fields.items() if personal or not field.personal}

    @classmethod
    def fault(cls, raw: bytes) -> str | None:
        """What makes `raw` unreadable: a number that is none, a sign or state that does not exist, no @ at its end."""
        if cls.pattern.fullmatch(raw):
            return None
        if cls.level is not None and raw[-1] != MARK:
            return "it does not end in @"
        for name, field in cls.fields.items():
            if field.unreadable(raw):
                return f"{name} (positions {field.first}-{field.last}) cannot be read"
        return "it is not laid out as it should be"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _number_pattern(width: int) -> str:
    """Digits, padded with spaces on one side; exactly one alternative can match, so a mismatch is found at once."""
    padded = [
        f" {{{width - digits}}}[0-9]{{{digits}}}|[0-9]{{{digits}}} {{{width - digits}}}" for digits in range(1, width)
    ]
    return f"(?:{'|'.join([f'[0-9]{{{width}}}', f' {{{width}}}', *padded])})"


def _pattern(cls: type[Entity]) -> re.Pattern[bytes]:
    """One expression for a whole entity: checking it in a single call is what makes a reader fast."""
    checked = [part for field in cls.fields.values() for part in field.patterns()]
    pattern, position = re.escape(cls.code.decode()), 3
    for start, width, part in sorted(checked):
        pattern += f".{{{start - position}}}{part}"
        position = start + width
    mark = "" if cls.level is None else "@"
    pattern += f".{{{cls.length - position - len(mark)}}}{mark}"
    return re.compile(pattern.encode(), re.DOTALL)
