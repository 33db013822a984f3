"""Use cases of delivery."""

from datetime import datetime
from uuid import UUID

from common import audit
from common.auth import Actor
from common.clock import now
from common.contracts.cases import CaseDeliveredV1, CaseDeliveryScheduledV1, DeliveredItem
from common.contracts.enums import CaseStatus, DocumentType
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail
from common.events import outbox
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.domain import Fact
from cases.cases.models import Case
from cases.cases.progress import happened
from cases.catalogue import repository as catalogue
from cases.catalogue.domain import annual_forfait
from cases.catalogue.models import Product
from cases.delivery.domain import mismatches
from cases.delivery.models import DeliveredDevice
from cases.delivery.schemas import Delivery
from cases.documents.domain import ReferencedDocument
from cases.documents.service import UNKNOWN, require_usable
from cases.quotes import repository as quotes
from cases.quotes.models import Quote

_REFUSALS = {
    "uq_delivered_devices_serial_number": Conflict(
        "A device with this serial number has been delivered already", code="BIZ_SERIAL_NUMBER_TAKEN"
    )
}


async def schedule(session: AsyncSession, case: Case, scheduled_at: datetime) -> None:
    """Set the date of a locked case's delivery, or change it."""
    if case.status not in {CaseStatus.CPAM_APPROVED, CaseStatus.DELIVERY_SCHEDULED}:
        raise _not_now(case, "to be scheduled")
    if scheduled_at <= now():
        detail = Detail("scheduledAt", "IN_PAST", "the moment is over")
        raise BrokenRule("A delivery is scheduled ahead", code="BIZ_DELIVERY_IN_PAST", details=[detail])
    before, case.delivery_scheduled_at = case.delivery_scheduled_at, scheduled_at
    event = CaseDeliveryScheduledV1(
        case_id=case.id, patient_id=case.patient_id, case_number=case.case_number, scheduled_at=scheduled_at
    )
    outbox.record(session, event, of=case)
    changes = audit.changed({"deliveryScheduledAt": before}, {"deliveryScheduledAt": scheduled_at})
    audit.record(session, "cases", "case.schedule-delivery", "Case", case.id, changes)
    await happened(session, case, Fact.DELIVERY_SCHEDULED)


async def complete(
    session: AsyncSession, actor: Actor, case: Case, delivery: Delivery, proof: ReferencedDocument
) -> None:
    """Record what a locked case's patient was handed, with its serial numbers and the signed proof."""
    if not proof.concerns(case.patient_id, actor.user_id) or proof.case_id not in {None, case.id}:
        raise UNKNOWN
    require_usable(proof, DocumentType.DELIVERY_PROOF, "proofDocumentId")
    if case.status is not CaseStatus.DELIVERY_SCHEDULED:
        raise _not_now(case, "to be delivered")
    if delivery.delivered_at > now():
        detail = Detail("deliveredAt", "IN_FUTURE", "the moment has not come yet")
        raise BrokenRule("A delivery is not recorded ahead", code="BIZ_DELIVERY_IN_FUTURE", details=[detail])
    quote = await quotes.approved(session, case.id)
    if quote is None:
        raise Conflict("The case has no approved quote", code="BIZ_NO_APPROVED_QUOTE")
    products = await catalogue.products_with_families(session, {line.product_id for line in quote.lines})
    _require_as_quoted(delivery, quote, products)
    items = await _items(session, delivery, quote, products)
    session.add_all(DeliveredDevice(case_id=case.id, **item.model_dump(exclude={"family_name"})) for item in items)
    await flush_or_refuse(session, _REFUSALS)
    case.delivered_at, case.delivery_proof_document_id = delivery.delivered_at, delivery.proof_document_id
    event = CaseDeliveredV1(
        case_id=case.id,
        patient_id=case.patient_id,
        case_number=case.case_number,
        delivered_at=delivery.delivered_at,
        proof_document_id=delivery.proof_document_id,
        items=items,
    )
    outbox.record(session, event, of=case)
    audit.record(session, "cases", "case.deliver", "Case", case.id)
    await happened(session, case, Fact.DELIVERY_COMPLETED)


def _not_now(case: Case, what: str) -> Conflict:
    detail = Detail("status", case.status.value, f"not {what} in this state")
    return Conflict(f"A case in {case.status} is not {what}", code="BIZ_INVALID_TRANSITION", details=[detail])


def _require_as_quoted(delivery: Delivery, quote: Quote, products: dict[UUID, Product]) -> None:
    quoted: dict[UUID, int] = {}
    for line in quote.lines:
        quoted[line.product_id] = quoted.get(line.product_id, 0) + line.quantity
    maintained = frozenset(key for key, product in products.items() if product.family.category.contract_type)
    wrong = mismatches((item.product_id for item in delivery.items), quoted, maintained)
    if wrong:
        details = [
            Detail(
                "items", "NOT_AS_QUOTED", f"product {it.product_id}: {it.handed_over} handed over, {it.quoted} quoted"
            )
            for it in wrong
        ]
        raise BrokenRule("The delivery is not what was quoted", code="BIZ_DELIVERY_NOT_AS_QUOTED", details=details)


async def _items(
    session: AsyncSession, delivery: Delivery, quote: Quote, products: dict[UUID, Product]
) -> list[DeliveredItem]:
    """The devices with their maintenance terms: the amount of the LPPR item they were quoted under, if it names one."""
    quoted_under = {line.product_id: line.lppr_item_id for line in quote.lines}
    lppr = await catalogue.lppr_items_by_id(session, set(quoted_under.values()))
    found = []
    for item in delivery.items:
        family = products[item.product_id].family
        forfait = lppr[quoted_under[item.product_id]].maintenance_forfait
        found.append(
            DeliveredItem(
                product_id=item.product_id,
                serial_number=item.serial_number,
                contract_type=family.category.contract_type,
                annual_forfait=annual_forfait(family.category, forfait),
                family_name=family.name,
            )
        )
    return found
