"""What the flags of a case depend on, as columns of a query: for the hot read and for all others."""

from collections.abc import Mapping
from typing import Any

import orjson
from common.clock import today
from common.contracts.enums import CaseStatus, DocumentType
from sqlalchemy import (
    ColumnElement,
    Interval,
    Text,
    and_,
    cast,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from cases.cases.deadlines import AT_RISK, Observed
from cases.cases.models import Case
from cases.catalogue.models import Product, ProductFamily
from cases.delivery.models import DeliveredDevice
from cases.documents.domain import DocumentState
from cases.documents.models import KnownDocument
from cases.prescriptions.domain import is_expired
from cases.prescriptions.models import Prescription

_Earlier = aliased(Case)


def _renewable(years: Any) -> Any:
    """From when the last device of the prescription's kind that the patient was given by another case is renewed."""
    from_then_on = _Earlier.delivered_at + cast(func.make_interval(years), Interval)
    return (
        select(func.max(from_then_on))
        .join(DeliveredDevice, DeliveredDevice.case_id == _Earlier.id)
        .join(Product, Product.id == DeliveredDevice.product_id)
        .join(ProductFamily, ProductFamily.id == Product.family_id)
        .where(
            _Earlier.patient_id == Case.patient_id,
            _Earlier.id != Case.id,
            cast(ProductFamily.category, Text) == cast(Prescription.product_category, Text),
        )
        .correlate(Case, Prescription)
        .scalar_subquery()
    )


_documents = (
    select(func.array_agg(cast(KnownDocument.document_type, Text)))
    .where(
        KnownDocument.patient_id == Case.patient_id,
        KnownDocument.state == DocumentState.CLEAN,
        or_(KnownDocument.case_id == Case.id, KnownDocument.case_id.is_(None)),
    )
    .scalar_subquery()
)


def is_late(moment: Any) -> ColumnElement[bool]:
    """Whether the deadline has passed at `moment` (a value or a parameter)."""
    return and_(Case.sla_deadline < moment)


def is_without_claim(moment: Any) -> ColumnElement[bool]:
    """Whether the approved quote should have its claim at `moment`, and has none."""
    return and_(Case.claim_due < moment)


def is_at_risk(moment: Any) -> ColumnElement[bool]:
    """Whether the last part of the time to the deadline has begun, as the flag has it."""
    whole = type_coerce(Case.sla_deadline - Case.status_since, Interval())
    last_part = whole.op("/", precedence=8, return_type=Interval())(literal_column(str(AT_RISK)))
    return and_(Case.sla_deadline >= moment, Case.sla_deadline - last_part < moment)


def never(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The opposite of one of these; what has no deadline has not passed it."""
    return not_(func.coalesce(condition, false()))


COLUMNS: tuple[ColumnElement[Any], ...] = (
    cast(Case.status, Text).label("status"),
    Case.status_since.label("status_since"),
    Case.sla_deadline.label("sla_deadline"),
    Case.agreement_by.label("agreement_by"),
    cast(Case.checklist_state, Text).label("checklist"),
    Prescription.expiration_date.label("expiration_date"),
    _documents.label("documents"),
    Case.claim_due.label("claim_due"),
    _renewable(ProductFamily.renewal_years).label("renewable"),
    _renewable(ProductFamily.renewal_years_under_16).label("renewable_under_16"),
    Case.patient_under_16.label("patient_under_16"),
)
"""Of a case joined with its prescription."""


def observed(row: Mapping[str, Any]) -> Observed:
    """A row of `COLUMNS`, as the rules see it."""
    return Observed(
        status=CaseStatus(row["status"]),
        status_since=row["status_since"],
        sla_deadline=row["sla_deadline"],
        checklist=orjson.loads(row["checklist"]),
        documents=frozenset(map(DocumentType, row["documents"] or ())),
        prescription_expired=is_expired(row["expiration_date"], today()),
        claim_due=row["claim_due"],
        agreement_by=row["agreement_by"],
        renewable=row["renewable"],
        renewable_under_16=row["renewable_under_16"],
        patient_under_16=row["patient_under_16"],
    )
