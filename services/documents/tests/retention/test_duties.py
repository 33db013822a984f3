"""The table of the duties to keep."""

from datetime import UTC, datetime, timedelta

import pytest
from common.contracts.enums import DocumentType
from documents.retention.domain import DUTIES, Duty, Since
from hypothesis import given
from hypothesis import strategies as st

SPECIFICATION = {
    DocumentType.PRESCRIPTION: 10,
    DocumentType.QUOTE_PDF: 10,
    DocumentType.DELIVERY_PROOF: 5,
    DocumentType.ID_CARD: 5,
    DocumentType.CARTE_VITALE: 5,
    DocumentType.PROOF_OF_ADDRESS: 5,
}
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=36_500)).map(lambda age: datetime(2000, 1, 1, tzinfo=UTC) + age)


def test_every_type_has_a_duty_at_least_as_long_as_the_specification_asks() -> None:
    assert set(DUTIES) == set(DocumentType)
    assert all(DUTIES[kind].years >= years for kind, years in SPECIFICATION.items())


@pytest.mark.parametrize("kind", [DocumentType.ID_CARD, DocumentType.CARTE_VITALE, DocumentType.PRESCRIPTION])
def test_what_belongs_to_a_relationship_is_kept_from_its_end(kind: DocumentType) -> None:
    assert DUTIES[kind].since is Since.LAST_ACTIVITY


def test_a_duty_is_over_to_the_day() -> None:
    duty = Duty(5, Since.UPLOAD, "x")
    uploaded = datetime(2020, 2, 29, 12, tzinfo=UTC)
    assert not duty.is_over(uploaded, None, datetime(2025, 2, 28, 11, tzinfo=UTC))
    assert duty.is_over(uploaded, None, datetime(2025, 3, 1, 12, tzinfo=UTC))
    assert duty.cutoff(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(2019, 2, 28, tzinfo=UTC)


@given(uploaded=MOMENTS, activity=st.none() | MOMENTS, days=st.integers(0, 40_000))
def test_activity_only_ever_prolongs_and_a_duty_once_over_stays_over(
    uploaded: datetime, activity: datetime | None, days: int
) -> None:
    moment = uploaded + timedelta(days=days)
    for duty in DUTIES.values():
        if duty.is_over(uploaded, activity, moment):
            assert duty.is_over(uploaded, None, moment)
            assert duty.is_over(uploaded, activity, moment + timedelta(days=400))
            assert uploaded <= duty.cutoff(moment)
