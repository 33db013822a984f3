from datetime import date
from decimal import Decimal

import pytest
from billing.noemie.fields import Amount, Entity
from billing.noemie.layout import (
    ENTITIES,
    LAYOUTS,
    Act,
    AmoSettlement,
    Archive,
    Comment,
    Header,
    InvoiceHead,
    LotHead,
    Rejection,
    layout_for,
)
from hypothesis import given

from .strategies import entities, unhurried


@unhurried
@given(entities(ENTITIES))
def test_an_entity_made_from_its_own_values_has_the_same_bytes(entity: Entity) -> None:
    assert len(entity.raw) == entity.length
    assert type(entity).pattern.fullmatch(entity.raw)
    assert type(entity).of(**entity.values()) == entity


@pytest.mark.parametrize("kind", [*ENTITIES, Header], ids=lambda kind: kind.__name__)
def test_fields_follow_each_other_and_fit_the_entity(kind: type[Entity]) -> None:
    last = 3 if kind is Header else 5
    for field in kind.fields.values():
        assert field.first > last
        last = max(field.last, (field.sign or 0) if isinstance(field, Amount) else 0)
    assert last <= kind.length - (0 if kind is Header else 1)


def test_numbers_are_zero_filled_and_text_is_left_aligned() -> None:
    assert InvoiceHead.of(invoice_number="000000042").raw == b"10004000000042@"
    assert LotHead.of(lot_date=date(2026, 3, 9), lot_number=7).raw == b"08003260309007@"
    assert Archive.of(archive_number="A1").raw == b"16005A1               @"


def test_amounts_carry_cents_and_a_sign() -> None:
    entity = AmoSettlement.of(requested=Decimal("3161.21"), state="P", paid=Decimal("-0.05"))
    assert entity.raw == b"1980500316121P00000005N@"
    assert entity.paid == Decimal("-0.05")
    assert str(AmoSettlement.of(paid=Decimal(0)).paid) == "0.00"
    assert AmoSettlement.of().paid is None


def test_what_is_no_day_is_none_and_its_bytes_are_kept() -> None:
    entity = LotHead(b"08003269913007@")
    assert entity.lot_date is None
    assert entity.raw[5:11] == b"269913"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (InvoiceHead, {"invoice_number": "1234567890"}),
        (AmoSettlement, {"paid": Decimal("0.005")}),
        (AmoSettlement, {"paid": Decimal("NaN")}),
        (AmoSettlement, {"requested": Decimal("-1")}),
        (AmoSettlement, {"requested": Decimal("1000000.00")}),
        (AmoSettlement, {"state": "X"}),
        (LotHead, {"lot_number": 1000}),
        (LotHead, {"lot_number": -1}),
        (LotHead, {"lot_date": date(1999, 12, 31)}),
        (Comment, {"text": "a\nb"}),
        (Comment, {"text": "œuvre"}),
        (Comment, {"colour": "red"}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind: type[Entity], values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        kind.of(**values)


def test_a_norm_with_its_own_layout_is_read_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class MovedRejection(Rejection):
        __slots__ = ()

    monkeypatch.setitem(LAYOUTS, "581", {**layout_for(""), b"294": MovedRejection})
    assert layout_for("581")[b"294"] is MovedRejection
    assert layout_for("580")[b"294"] is Rejection
    assert MovedRejection.of(rejection_code="0042").rejection_code == "0042"


def test_json_leaves_people_out() -> None:
    assert "spend" in Act.of().values(personal=False)
    personal = {name for kind in ENTITIES for name, field in kind.fields.items() if field.personal}
    assert {"nir", "own_nir", "name", "first_name", "beneficiary_name", "birth_date", "member"} <= personal
