"""Return files as hypothesis draws them: any entity, any of its fields, blank or not."""

import string
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from billing.noemie.fields import Amount, Choice, Day, Entity, Field, Number
from billing.noemie.layout import (
    ENTITIES,
    Accounting,
    AmcSettlement,
    AmoSettlement,
    Control,
    Header,
    InvoiceDetail,
    InvoiceHead,
    LotHead,
    Payee,
    ReturnType,
    SecondPayee,
    Transfer,
)
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

LATIN = string.ascii_letters + string.digits + " '@-/.,éèàçÉôü°£ÿ\xa0"
OPENING = (Payee, SecondPayee, Accounting, Transfer, LotHead, ReturnType, InvoiceHead, InvoiceDetail)
DETAILS = tuple(kind for kind in ENTITIES if kind not in OPENING and kind is not Control)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""

days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def field_values(field: Field[Any]) -> st.SearchStrategy[Any]:
    match field:
        case Amount():
            most = 10**field.width - 1
            cents = st.integers(-most if field.sign else 0, most)
            return st.none() | cents.map(lambda value: Decimal(value).scaleb(-2))
        case Number():
            return st.none() | st.integers(0, 10**field.width - 1)
        case Day():
            return st.none() | days
        case Choice():
            return st.sampled_from([char.strip() for char in field.choices.decode()])
        case _:
            return st.text(LATIN, max_size=field.width).map(lambda text: text.rstrip(" "))


def entities(kinds: Sequence[type[Entity]]) -> st.SearchStrategy[Entity]:
    return st.sampled_from(kinds).flatmap(
        lambda kind: st.fixed_dictionaries({name: field_values(field) for name, field in kind.fields.items()}).map(
            lambda values: kind.of(**values)
        )
    )


def settlements() -> st.SearchStrategy[Entity]:
    """Amounts whose sum the control's eleven digits can hold."""
    euros = st.integers(-9_999_999, 9_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
    return st.builds(
        lambda kind, state, paid: kind.of(requested=abs(paid), state=state, paid=paid),
        st.sampled_from([AmoSettlement, AmcSettlement]),
        st.sampled_from(["P", "R", "D", ""]),
        euros,
    )


headers = st.fixed_dictionaries(
    {name: field_values(field) for name, field in Header.fields.items() if name not in ("currency", "record_length")}
).map(lambda values: Header.of(**values, currency="E", record_length=128))

files = st.lists(entities(OPENING) | entities(DETAILS) | settlements(), max_size=25)
