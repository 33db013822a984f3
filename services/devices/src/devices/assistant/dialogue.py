"""What the assistant answers: guardrails, then what it has asked for, then what the message wants."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from uuid import UUID

from common.contracts.enums import Escalation, Severity
from sqlalchemy.ext.asyncio import AsyncSession

from devices.assistant import appointments, replies, repository, triage, understanding
from devices.assistant.models import Asked, Intent
from devices.assistant.moments import spelled_day
from devices.assistant.subjects import category
from devices.assistant.text import Message, plain
from devices.assistant.turn import Said, Turn
from devices.assistant.understanding import Doubt, Reading, Topic
from devices.instances.models import DeviceInstance
from devices.tickets import service as tickets
from devices.tickets.domain import TicketCategory
from devices.tickets.schemas import NewTicket

SURE_OF_QUESTION = 0.35
"""How well an article must answer what has the form of a general question."""
SURE = 0.6
"""How well it must answer anything else that no rule has understood."""

_YES = frozenset(["oui", "ouais", "ok", "accord", "yes", "yep", "yeah", "sure", "please", "volontiers", "absolument"])
_NO = frozenset(["non", "nan", "no", "nope", "pas", "not", "rien"])
_PLAIN: Mapping[Topic, tuple[str, Escalation]] = {
    Topic.GREETING: ("greeting", Escalation.NONE),
    Topic.THANKS: ("thanks", Escalation.NONE),
    Topic.HUMAN: ("human.handover", Escalation.HUMAN),
}
_CASES_SHOWN = 3
_DEVICES_SHOWN = 10


async def respond(turn: Turn) -> Said:
    """The answer to a message; a guardrail comes before anything else but a plain no to the question of danger."""
    topic = turn.reading.topic
    doubted = turn.doubted
    denied = turn.is_asked_about_danger and triage.denies(turn.reading.message)
    if topic is Topic.SAFETY and not denied:
        return await _safety(turn, None if doubted is None else f"{doubted}\n{turn.text}")
    if topic is Topic.MEDICAL and not denied:
        turn.settle()
        return turn.say("medical.human", Intent.OTHER, Escalation.HUMAN, hotline=turn.settings.hotline_phone)
    if (said := await _told(turn)) is not None:
        return said
    turn.settle()
    said = await _wanted(turn, doubted)
    if doubted is not None and said.escalation is Escalation.NONE:
        # The question was not answered: somebody reads what it was about.
        return replace(said, escalation=Escalation.HUMAN)
    return said


async def understood(session: AsyncSession, reading: Reading) -> tuple[Topic, str | None]:
    """What a message is about once the knowledge base was asked, and the article that answers a question."""
    sure = SURE_OF_QUESTION if reading.is_question else SURE
    if not reading.is_guarded and (reading.is_question or reading.topic is Topic.UNSURE):
        found = await repository.best_article(session, reading.message)
        if found is not None and found[1] >= sure:
            return Topic.FAQ, found[0]
    return reading.topic, None


async def _wanted(turn: Turn, doubted: str | None = None) -> Said:
    """What the message wants; where it leaves open if there is danger, that is asked first, and only once.

    `doubted`: what was said when that was asked and not answered.
    """
    topic, article = await understood(turn.session, turn.reading)
    if turn.reading.doubt is not None:
        if doubted is None and is_served_later(turn.reading, topic):
            turn.ask(Asked.DANGER_FIRST, description=turn.text)
            return turn.say("danger.first", Intent.OTHER, hotline=turn.settings.hotline_phone)
        topic, article = Topic.UNSURE, None
    if topic is Topic.UNSURE:
        return _unsure(turn, doubted)
    if article is not None:
        return turn.answer(replies.answer(article, turn.language), Intent.FAQ)
    if (step := _STEPS.get(topic)) is not None:
        return await step(turn)
    template_id, escalation = _PLAIN[topic]
    return turn.say(template_id, Intent.OTHER, escalation)


def is_served_later(reading: Reading, topic: Topic) -> bool:
    """Whether a message leaves open if there is danger, and nothing else: that is asked before it is served."""
    return reading.doubt is Doubt.DANGER and (topic is Topic.FAQ or topic in _STEPS)


def _unsure(turn: Turn, doubted: str | None) -> Said:
    """A human, who has the conversation before them; and whether there is danger is asked at once."""
    turn.ask(Asked.DANGER, description=turn.text if doubted is None else f"{doubted}\n{turn.text}")
    return turn.say("unsure.human", Intent.OTHER, Escalation.HUMAN, hotline=turn.settings.hotline_phone)


async def _told(turn: Turn) -> Said | None:
    """The answer to what was asked of the user; None when nothing was, or the message is about something else."""
    pending = turn.conversation.pending or {}
    match pending.get("ask"):
        case Asked.VISIT_TIME:
            return _seen(turn, await appointments.time_told(turn, pending))
        case Asked.CONFIRM_TICKET:
            return _seen(turn, await _confirmed(turn, pending))
        case Asked.DANGER:
            return await _danger_told(turn, pending)
        case Asked.DANGER_FIRST:
            return await _danger_told_first(turn, pending)
        case Asked.WHICH_DEVICE:
            return _seen(turn, await _device_named(turn, pending))
    return None


def _seen(turn: Turn, said: Said | None) -> Said | None:
    """What was told, with a human to read it where it leaves open whether something else is said of a danger."""
    if said is None or not turn.says_more or said.escalation is not Escalation.NONE:
        return said
    return replace(said, escalation=Escalation.HUMAN)


async def _safety(turn: Turn, description: str | None = None) -> Said:
    """The hotline, whatever was going on; and a safety ticket at once where it is clear for which device.

    `description`: what was said of the danger, where that was in an earlier message.
    """
    turn.settle()
    conversation = turn.conversation
    devices = await _devices(turn)
    if len(devices) == 1 and conversation.escalation is not Escalation.HOTLINE:
        new = NewTicket(
            device_id=devices[0].id,
            category=category(turn.reading.message if description is None else Message.of(description)),
            severity=Severity.CRITICAL,
            is_safety_issue=True,
            description=description or turn.text,
        )
        ticket = await tickets.open_ticket(turn.session, turn.actor, new, turn.settings.repair_deadlines)
        conversation.ticket_id = ticket.id
    return turn.say("safety.hotline", Intent.TICKET, Escalation.HOTLINE, hotline=turn.settings.hotline_phone)


async def _case_status(turn: Turn) -> Said:
    """The state of the patient's own cases; another's number is answered like one that does not exist."""
    patient_id, number = turn.conversation.patient_id, turn.reading.case_number
    if number is not None:
        named = await repository.case_numbered(turn.session, patient_id, number)
        found = [named] if named else []
    else:
        found = list(await repository.cases(turn.session, patient_id, _CASES_SHOWN))
    if not found:
        return turn.say("case.unknown" if number else "case.none", Intent.CASE_STATUS)
    return turn.say_each(
        "case.status",
        Intent.CASE_STATUS,
        [
            {"case_number": case.case_number, "status": replies.status_label(case.status, turn.language)}
            for case in found
        ],
    )


async def _offer_ticket(turn: Turn) -> Said:
    devices = await _devices(turn)
    about = category(turn.reading.message)
    if not devices:
        return turn.say("ticket.no-device", Intent.TICKET, Escalation.HUMAN)
    if len(devices) > 1:
        turn.ask(Asked.WHICH_DEVICE, category=about, description=turn.text)
        serials = ", ".join(device.serial_number for device in devices)
        return turn.say("ticket.which-device", Intent.TICKET, serial_numbers=serials)
    turn.ask(Asked.CONFIRM_TICKET, deviceId=str(devices[0].id), category=about, description=turn.text)
    hotline = turn.settings.hotline_phone
    return turn.say("ticket.confirm", Intent.TICKET, serial_number=devices[0].serial_number, hotline=hotline)


async def _confirmed(turn: Turn, pending: dict[str, str]) -> Said | None:
    if turn.words & _NO:
        turn.settle()
        return turn.say("ticket.declined", Intent.TICKET)
    return await _opened(turn, UUID(pending["deviceId"]), pending) if turn.words & _YES else None


async def _danger_told_first(turn: Turn, pending: dict[str, str]) -> Said | None:
    """A plain no has the first message served; a yes is one whatever else is said."""
    if triage.denies(turn.reading.message):
        turn.settle()
        wanted = understanding.unguarded(pending["description"])
        return await _wanted(replace(turn, text=pending["description"], reading=wanted))
    if triage.affirms(turn.reading.message):
        return await _safety(turn, pending["description"])
    return None


async def _danger_told(turn: Turn, pending: dict[str, str]) -> Said | None:
    denied = triage.denies(turn.reading.message)
    if not denied and turn.reading.topic is not Topic.UNSURE and turn.reading.doubt is None:
        return None
    if denied or turn.words & _NO:
        turn.settle()
        return turn.say("human.handover", Intent.OTHER, Escalation.HUMAN)
    return await _safety(turn, pending["description"]) if turn.words & _YES else None


async def _device_named(turn: Turn, pending: dict[str, str]) -> Said | None:
    written = plain(turn.text)
    named = [device for device in await _devices(turn) if plain(device.serial_number) in written]
    return await _opened(turn, named[0].id, pending) if len(named) == 1 else None


async def _opened(turn: Turn, device_id: UUID, pending: dict[str, str]) -> Said:
    """Open the ticket that was offered; the device may have been taken out of service meanwhile."""
    turn.settle()
    if device_id not in {device.id for device in await _devices(turn)}:
        return turn.say("ticket.no-device", Intent.TICKET, Escalation.HUMAN)
    new = NewTicket(
        device_id=device_id,
        category=TicketCategory(pending["category"]),
        severity=Severity.MEDIUM,
        description=f"{pending['description']}\n{turn.text}" if turn.says_more else pending["description"],
    )
    ticket = await tickets.open_ticket(turn.session, turn.actor, new, turn.settings.repair_deadlines)
    turn.conversation.ticket_id = ticket.id
    due = spelled_day(ticket.due_at, turn.language)
    return turn.say("ticket.opened", Intent.TICKET, ticket_number=ticket.ticket_number, due=due)


async def _devices(turn: Turn) -> list[DeviceInstance]:
    patient_id = turn.conversation.patient_id
    return list(await repository.devices_in_service(turn.session, patient_id, _DEVICES_SHOWN))


_STEPS: Mapping[Topic, Callable[[Turn], Awaitable[Said]]] = {
    Topic.CASE_STATUS: _case_status,
    Topic.TICKET: _offer_ticket,
    Topic.APPOINTMENT: appointments.appointment,
}
