"""Queries of the assistant."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.auth import Actor
from common.contracts.enums import CaseStatus, Role
from common.errors import Forbidden
from common.http.pages import after
from sqlalchemy import ColumnElement, Float, case, cast, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant import replies
from devices.assistant.models import Asked, ChatMessage, Conversation, Knowledge, KnownCase
from devices.assistant.text import Message, plain
from devices.instances.domain import IN_SERVICE
from devices.instances.models import DeviceInstance
from devices.tickets.domain import UNSETTLED, TicketStatus
from devices.tickets.models import ServiceTicket
from devices.visits.models import TechnicianVisit

_IN_ANSWER = 0.2
"""How much a word in an answer counts, against 1 in what is asked."""
_ASKING = frozenset(["comment", "quel", "quels", "quelle", "quelles", "quoi", "faut", "peut", "peux", "puis", "faire"])
"""Words that only ask, and say nothing of what; the English ones are left out by PostgreSQL."""
_UNKNOWN = 1.5
"""How much a word counts that no article has."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Conversations the actor may read: their own; all for COMPLIANCE_ADMIN; what was handed over for OPS."""
    if actor.role is Role.COMPLIANCE_ADMIN:
        return true()
    if actor.role is Role.OPS:
        return Conversation.escalated_at.is_not(None)
    if not actor.patients:
        raise Forbidden
    return Conversation.user_id == actor.user_id


async def conversation(
    session: AsyncSession, actor: Actor, conversation_id: UUID, *, lock: bool = False
) -> Conversation | None:
    """A conversation the actor may read."""
    statement = select(Conversation).where(Conversation.id == conversation_id, visible_to(actor))
    return (await session.scalars(statement.with_for_update() if lock else statement)).one_or_none()


async def conversations(
    session: AsyncSession, actor: Actor, *, waiting: bool | None, cursor: UUID | None, limit: int
) -> Sequence[Conversation]:
    """One page of the conversations the actor may read, with one row more when another page follows."""
    statement = select(Conversation).where(visible_to(actor))
    if waiting is not None:
        waits = Conversation.escalated_at.is_not(None) & Conversation.handled_at.is_(None)
        statement = statement.where(waits if waiting else ~waits)
    return (await session.scalars(after(statement, Conversation.id, cursor, limit))).all()


async def left_open(session: AsyncSession, before: datetime, limit: int) -> Sequence[Conversation]:
    """Conversations in which nobody has answered since then whether there is danger, locked."""
    statement = select(Conversation).where(
        Conversation.pending["ask"].astext == Asked.DANGER_FIRST.value, Conversation.updated_at < before
    )
    statement = statement.order_by(Conversation.updated_at).limit(limit).with_for_update(skip_locked=True)
    return (await session.scalars(statement)).all()


async def messages(
    session: AsyncSession, conversation_id: UUID, cursor: UUID | None, limit: int
) -> Sequence[ChatMessage]:
    """One page of a conversation, newest first, with one row more when another page follows."""
    statement = select(ChatMessage).where(ChatMessage.conversation_id == conversation_id)
    return (await session.scalars(after(statement, ChatMessage.id, cursor, limit))).all()


async def cases(session: AsyncSession, patient_id: UUID, limit: int) -> Sequence[KnownCase]:
    """A patient's newest cases."""
    statement = select(KnownCase).where(KnownCase.patient_id == patient_id)
    return (await session.scalars(statement.order_by(KnownCase.case_number.desc()).limit(limit))).all()


async def case_numbered(session: AsyncSession, patient_id: UUID, case_number: str) -> KnownCase | None:
    """A patient's case of that number."""
    statement = select(KnownCase).where(KnownCase.patient_id == patient_id, KnownCase.case_number == case_number)
    return (await session.scalars(statement)).one_or_none()


async def note_case(
    session: AsyncSession, case_id: UUID, patient_id: UUID, case_number: str, status: CaseStatus
) -> None:
    """Take in a case's state."""
    values = {"case_id": case_id, "patient_id": patient_id, "case_number": case_number, "status": status}
    statement = insert(KnownCase).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=["case_id"], set_={"status": status}))


async def devices_in_service(session: AsyncSession, patient_id: UUID, limit: int) -> Sequence[DeviceInstance]:
    """A patient's devices, oldest first."""
    statement = select(DeviceInstance).where(
        DeviceInstance.patient_id == patient_id, DeviceInstance.status.in_(IN_SERVICE)
    )
    return (await session.scalars(statement.order_by(DeviceInstance.id).limit(limit))).all()


async def next_visit(session: AsyncSession, patient_id: UUID) -> TechnicianVisit | None:
    """The patient's next visit that nobody has arrived for."""
    statement = (
        select(TechnicianVisit)
        .join(ServiceTicket, ServiceTicket.id == TechnicianVisit.ticket_id)
        .join(DeviceInstance, DeviceInstance.id == ServiceTicket.device_id)
        .where(
            DeviceInstance.patient_id == patient_id,
            TechnicianVisit.outcome.is_(None),
            TechnicianVisit.arrived_at.is_(None),
        )
    )
    return (await session.scalars(statement.order_by(TechnicianVisit.scheduled_at).limit(1))).one_or_none()


async def ticket_without_visit(session: AsyncSession, patient_id: UUID) -> ServiceTicket | None:
    """The patient's oldest ticket that a technician has."""
    statement = (
        select(ServiceTicket)
        .join(DeviceInstance, DeviceInstance.id == ServiceTicket.device_id)
        .where(
            DeviceInstance.patient_id == patient_id,
            ServiceTicket.status.in_(UNSETTLED - {TicketStatus.OPEN}),
        )
    )
    return (await session.scalars(statement.order_by(ServiceTicket.id).limit(1))).one_or_none()


async def load_knowledge(session: AsyncSession) -> None:
    """Make the table what the knowledge base in the repository says; safe to repeat and to do at once."""
    rows = [
        {
            "id": article.id,
            **{f"asked_{language}": plain(words) for language, words in article.asked.items()},
            **{f"text_{language}": plain(words) for language, words in article.text.items()},
        }
        for article in sorted(replies.articles().values(), key=lambda article: article.id)
    ]
    statement = insert(Knowledge).values(rows)
    columns = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=columns))
    await session.execute(delete(Knowledge).where(Knowledge.id.not_in([row["id"] for row in rows])))


async def best_article(session: AsyncSession, message: Message) -> tuple[str, float] | None:
    """The article that answers best, and how much of what was said it is about (0 to 1); None when none shares a word.

    A word counts the more the fewer articles have it, and less in an answer than in what is asked.
    """
    french = message.language == "fr"
    words = " ".join(word for word in message.words if word not in _ASKING)
    written = func.to_tsvector("french" if french else "english", words)
    said = select(func.unnest(written).table_valued("lexeme", "positions", "weights").c.lexeme).distinct().cte("said")
    indexed = func.unnest(Knowledge.search_fr if french else Knowledge.search_en)
    entry = indexed.table_valued("lexeme", "positions", "weights").lateral("entry")
    weight = case((func.array_position(entry.c.weights, "A").is_not(None), 1.0), else_=_IN_ANSWER)
    found = select(Knowledge.id, entry.c.lexeme, weight.label("weight")).join_from(Knowledge, entry, true())
    hits = found.join(said, said.c.lexeme == entry.c.lexeme).cte("hits")
    articles = select(func.count(Knowledge.id)).scalar_subquery()
    having = func.count(hits.c.id)
    rarity = case((having == 0, _UNKNOWN), else_=func.ln(1 + cast(articles, Float) / func.nullif(having, 0)))
    rarities = select(said.c.lexeme, rarity.label("rarity")).outerjoin_from(said, hits, said.c.lexeme == hits.c.lexeme)
    rare = rarities.group_by(said.c.lexeme).cte("rare")
    score = func.sum(hits.c.weight * rare.c.rarity) / select(func.sum(rare.c.rarity)).scalar_subquery()
    statement = select(hits.c.id, score.label("score")).join_from(hits, rare, hits.c.lexeme == rare.c.lexeme)
    statement = statement.group_by(hits.c.id).order_by(score.desc(), hits.c.id).limit(1)
    best = (await session.execute(statement)).one_or_none()
    return (best.id, float(best.score)) if best else None
