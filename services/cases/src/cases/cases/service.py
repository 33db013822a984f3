"""Use cases of cases."""

from uuid import UUID

from common import audit, consents
from common.auth import Actor
from common.clock import now, today
from common.contracts.cases import CaseAssignedV1, CaseOpenedV1
from common.contracts.enums import CaseStatus, Role
from common.db.constraints import flush_or_refuse
from common.errors import BrokenRule, Conflict, Detail, Forbidden, NotFound
from common.events import outbox
from common.http.client import ServiceClient
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases import domain, policies, repository
from cases.cases.deadlines import deadline
from cases.cases.domain import AUTOMATIC, Fact, Missing, Party
from cases.cases.models import Case
from cases.cases.progress import Occasion, enter, happened
from cases.cases.schemas import CaseBody, CaseChanges, CaseItem, ChecklistChanges, NewCase, view
from cases.people.service import Person, fetch_under_16, require_assignable
from cases.prescriptions import repository as prescriptions
from cases.prescriptions.domain import VerificationStatus, is_expired
from cases.prescriptions.models import Prescription

_REFUSALS = {
    "uq_cases_prescription_id": Conflict(
        "This prescription has opened a case already", code="BIZ_PRESCRIPTION_HAS_CASE"
    )
}
ASSIGNABLE = frozenset({Role.OPS})


async def open_case(session: AsyncSession, services: ServiceClient, actor: Actor, new: NewCase) -> Case:
    """Open the case of a prescription, once; a rejected or expired prescription opens none."""
    policies.may_open(actor, new.patient_id)
    under_16 = await fetch_under_16(services, new.patient_id)
    prescription = await prescriptions.prescription(session, actor, new.prescription_id, lock=True)
    if prescription is None:
        raise NotFound("Prescription")
    _require_usable(prescription, new.patient_id)
    await consents.require(session, new.patient_id)
    moment = now()
    verified = prescription.verification_status is VerificationStatus.VERIFIED
    case = Case(
        case_number=await repository.next_case_number(session),
        patient_id=prescription.patient_id,
        prescription_id=prescription.id,
        prescriber_id=prescription.prescriber_id,
        patient_under_16=under_16,
        status=CaseStatus.INTAKE_RECEIVED,
        status_since=moment,
        priority=new.priority,
        checklist_state={**domain.empty_checklist(), "prescriptionVerified": verified},
        sla_deadline=deadline(CaseStatus.INTAKE_RECEIVED, new.priority, moment),
    )
    session.add(case)
    await flush_or_refuse(session, _REFUSALS)
    event = CaseOpenedV1(
        case_id=case.id,
        patient_id=case.patient_id,
        case_number=case.case_number,
        prescription_id=prescription.id,
        prescription_document_id=prescription.document_id,
        prescriber_id=prescription.prescriber_id,
        priority=case.priority,
    )
    outbox.record(session, event, of=case)
    audit.record(session, "cases", "case.open", "Case", case.id)
    return case


def _require_usable(prescription: Prescription, patient_id: UUID) -> None:
    if prescription.patient_id != patient_id:
        detail = Detail("prescriptionId", "OF_ANOTHER_PATIENT", "the prescription is another patient's")
        raise BrokenRule("The prescription is another patient's", code="BIZ_PRESCRIPTION_OF_ANOTHER", details=[detail])
    if prescription.verification_status is VerificationStatus.REJECTED:
        raise BrokenRule("The prescription was rejected", code="BIZ_PRESCRIPTION_REJECTED")
    if is_expired(prescription.expiration_date, today()):
        raise BrokenRule("The prescription has expired", code="BIZ_PRESCRIPTION_EXPIRED")


async def subject(session: AsyncSession, actor: Actor, case_id: UUID) -> repository.Subject:
    """Whom and what a case is about; `NotFound` when the actor may not know of it."""
    found = await repository.subject(session, actor, case_id)
    if found is None:
        raise NotFound("Case")
    return found


async def find(session: AsyncSession, actor: Actor, case_id: UUID) -> Case:
    """One case, to change it: held against others; `NotFound` when the actor may not know of it."""
    case = await repository.locked_by(session, actor, case_id)
    if case is None:
        raise NotFound("Case")
    return case


async def known(session: AsyncSession, case_id: UUID) -> Case:
    """One case for another service; `NotFound`."""
    case = await repository.any_case(session, case_id)
    if case is None:
        raise NotFound("Case")
    return case


async def described(session: AsyncSession, actor: Actor, case: Case) -> CaseBody:
    """A case as its reader gets it. What the hot read answers, made the long way: for what changes a case."""
    await session.flush()
    allowed = domain.allowed(case.status, policies.parties_of(actor, case.patient_id))
    shown = view(allowed, await repository.observed(session, case), now())
    return CaseBody(**CaseItem.model_validate(case).model_dump(), **shown.model_dump())


async def change(session: AsyncSession, case: Case, changes: CaseChanges, assignee: Person | None) -> None:
    """Assign, prioritise, tick off; a point ticked may move the case."""
    given = changes.given()
    if "assigned_to" in given and changes.assigned_to != case.assigned_to:
        require_assignable(assignee, changes.assigned_to, ASSIGNABLE)
        before, case.assigned_to = case.assigned_to, changes.assigned_to
        event = CaseAssignedV1(case_id=case.id, patient_id=case.patient_id, assigned_to=case.assigned_to)
        outbox.record(session, event, of=case)
        _record_change(session, case, "assignedTo", before, case.assigned_to)
    if changes.priority is not None and changes.priority is not case.priority:
        _record_change(session, case, "priority", case.priority, changes.priority)
        case.priority = changes.priority
        case.sla_deadline = deadline(case.status, case.priority, case.status_since, case.agreement_by)
    if changes.checklist_state is not None:
        await _tick(session, case, changes.checklist_state)
    await session.flush()


async def _tick(session: AsyncSession, case: Case, changes: ChecklistChanges) -> None:
    points = {point: value for point, value in changes.points().items() if case.checklist_state[point] is not value}
    if refused := sorted(points.keys() & AUTOMATIC):
        details = [Detail(f"checklistState.{point}", "SETS_ITSELF", "this point sets itself") for point in refused]
        raise BrokenRule("Some points of the checklist set themselves", code="BIZ_CHECKLIST_AUTOMATIC", details=details)
    if points:
        before = {point: case.checklist_state[point] for point in points}
        audit.record(session, "cases", "case.checklist", "Case", case.id, audit.changed(before, points))
        await set_points(session, case, points)


async def set_points(session: AsyncSession, case: Case, points: dict[str, bool]) -> None:
    """Set points of the checklist of a locked case, and let it move where that completes something."""
    case.checklist_state = {**case.checklist_state, **points}
    await happened(session, case, Fact.CHECKED)


def _record_change(session: AsyncSession, case: Case, field: str, before: object, after: object) -> None:
    audit.record(session, "cases", "case.update", "Case", case.id, audit.changed({field: before}, {field: after}))


async def transition(session: AsyncSession, actor: Actor, case: Case, to: CaseStatus, reason: str | None) -> None:
    """Move a locked case by hand.

    `Conflict` with what is allowed where the table has no such move, `Forbidden` where it is somebody else's,
    `BrokenRule` with what is missing where the move waits for something. Asking for what the case has just done by
    itself is no error.
    """
    parties = policies.parties_of(actor, case.patient_id)
    if Party.OPS not in parties and to not in domain.targets(parties):
        raise Forbidden
    move = domain.move(case.status, to)
    if move is None:
        if case.status is to and await _moved_by_itself(session, case):
            return
        raise invalid_transition(case.status, to, domain.allowed(case.status, parties))
    if not move.by & parties:
        raise Forbidden
    if missing := move.missing(await repository.situation(session, case)):
        raise not_ready(to, missing)
    await enter(session, case, to, Occasion(automatic=False, reason=reason))


async def _moved_by_itself(session: AsyncSession, case: Case) -> bool:
    last = await repository.last_transition(session, case.id)
    return last is not None and last.automatic


def invalid_transition(origin: CaseStatus, to: CaseStatus, allowed: list[CaseStatus]) -> Conflict:
    """What is answered to a move the table does not have."""
    names = [status.value for status in allowed]
    message = f"from {origin} one may go to {', '.join(names) or 'nothing else'}"
    detail = Detail("to", "NOT_ALLOWED", message, extra=(("allowed", names),))
    return Conflict(f"A case does not go from {origin} to {to}", code="BIZ_INVALID_TRANSITION", details=[detail])


def not_ready(to: CaseStatus, missing: list[Missing]) -> BrokenRule:
    """What is answered to a move that waits for something."""
    details = [Detail(item.field, "MISSING", item.message) for item in missing]
    return BrokenRule(f"The case is not ready to become {to}", code="BIZ_CASE_NOT_READY", details=details)


async def patients_named(services: ServiceClient, q: str) -> list[UUID]:
    """The patients whose names resemble `q`, as identity knows them; to be called before the first query."""
    if any(character.isdigit() for character in q):
        return []
    found = await services.post("identity", "/patients/find", {"q": q})
    return [UUID(patient) for patient in found["patientIds"]] if found else []
