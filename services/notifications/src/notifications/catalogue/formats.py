"""How amounts, dates, hours, phone numbers and codes are written in each language, and what fits into one SMS."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from babel.dates import format_date, format_time
from babel.numbers import format_currency
from common.clock import PARIS
from jinja2 import pass_context
from jinja2.runtime import Context

from notifications.catalogue.domain import Language
from notifications.catalogue.labels import LABELS

NBSP = "\N{NO-BREAK SPACE}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
_LOCALES: dict[Language, str] = {"fr": "fr_FR", "en": "en_GB"}

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")
_GSM_INSTEAD = {NBSP: " ", NARROW: " ", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"}
_GSM_INSTEAD |= {"œ": "oe", "Œ": "OE", "…": "..."}
SMS_SEPTETS = 160


def money(language: Language, amount: Decimal) -> str:
    """`3 161,21 €`, `€3,161.21`."""
    return str(format_currency(amount, "EUR", locale=_LOCALES[language]))


def day(language: Language, moment: date) -> str:
    """`jeudi 12 mars 2026`, the day in Paris for a moment in time; the first of a month is `1er` in French."""
    local = moment.astimezone(PARIS).date() if isinstance(moment, datetime) else moment
    written = str(format_date(local, "EEEE d MMMM y", locale=_LOCALES[language]))
    return written.replace(" 1 ", " 1er ", 1) if language == "fr" and local.day == 1 else written


def clock(language: Language, moment: datetime) -> str:
    """`14 h 30`, `2:30 pm`: the hour in Paris."""
    form = f"H'{NBSP}h{NBSP}'mm" if language == "fr" else "h:mm a"
    return str(format_time(moment.astimezone(PARIS), form, locale=_LOCALES[language]))


def phone(language: Language, number: str) -> str:
    """A number in E.164 as people read it: `01 99 00 00 15` in France, `+33 1 99 00 00 15` elsewhere."""
    if not re.fullmatch(r"\+33\d{9}", number):
        return number
    pairs = NBSP.join(number[4:][at : at + 2] for at in range(0, 8, 2))
    prefix = f"0{number[3]}" if language == "fr" else f"+33{NBSP}{number[3]}"
    return f"{prefix}{NBSP}{pairs}"


def label(language: Language, code: StrEnum) -> str:
    """A code in words."""
    return LABELS[language][code]


def _filter(write: Callable[[Language, Any], str]) -> Callable[[Context, Any], str]:
    @pass_context
    def apply(context: Context, value: Any) -> str:
        return write(context["language"], value)

    return apply


FILTERS = {write.__name__: _filter(write) for write in (money, day, clock, phone, label)}


def one_line(text: str) -> str:
    """`text` on one line; what keeps words together is kept."""
    return re.sub(r"[ \t\r\n]+", " ", text).strip(" ")


def sms_text(text: str) -> str:
    """`text` in the alphabet that lets 160 characters into one SMS, as far as it can be written in it."""
    quoted = re.sub(r"«\s*|\s*»", '"', one_line(text))
    return "".join(_in_gsm(character) for character in quoted)


def _in_gsm(character: str) -> str:
    if character in _GSM or character in _GSM_TWICE:
        return character
    if character in _GSM_INSTEAD:
        return _GSM_INSTEAD[character]
    plain = unicodedata.normalize("NFD", character)[0]
    return plain if plain in _GSM else character


def sms_parts(text: str) -> int:
    """How many SMS `text` takes."""
    if all(character in _GSM or character in _GSM_TWICE for character in text):
        size, one, more = sum(2 if character in _GSM_TWICE else 1 for character in text), SMS_SEPTETS, 153
    else:
        size, one, more = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= one else -(-size // more)


_FRENCH = (
    (re.compile(r" (?=[;?»]|!(?!=))(?=.(?:[\s<]|$))", re.MULTILINE), NARROW),
    (re.compile(r" (?=:(?:[\s<]|$))", re.MULTILINE), NBSP),
    (re.compile(r"« "), NARROW),
    (re.compile(r"n° "), NBSP),
)


def french_spaces(source: str) -> str:
    """A French template with the spaces before double punctuation and inside quotation marks made unbreakable."""
    for pattern, space in _FRENCH:
        source = pattern.sub(lambda found, space=space: found[0][:-1] + space, source)  # type: ignore[misc]
    return source
