"""What notifications' events cause here."""

from common.contracts.enums import Role
from common.contracts.notifications import CallRequestedV1
from common.events.consume import EventConsumer
from common.events.envelope import Received
from common.events.retry import PermanentError
from sqlalchemy.ext.asyncio import AsyncSession

from cases.cases.models import Case
from cases.tasks.domain import TaskType
from cases.tasks.models import CaseTask

calls = EventConsumer("cases", "calls")


@calls.on(CallRequestedV1)
async def on_call_requested(session: AsyncSession, event: Received[CallRequestedV1]) -> None:
    """A task for OPS: somebody who wants to be called has been written to about a case."""
    if event.data.case_id is None:  # about an account: the mail to OPS is all there is
        return
    case = await session.get(Case, event.data.case_id)
    if case is None:
        raise PermanentError(f"no case {event.data.case_id}")
    session.add(
        CaseTask(
            case_id=case.id,
            task_type=TaskType.FOLLOW_UP,
            title=f"Appeler la personne : {event.data.about}",
            description=f"Utilisateur {event.data.user_id}",
            assigned_to=case.assigned_to,
            assignee_role=Role.OPS,
            due_at=case.sla_deadline,
        )
    )
