"""What is asked where the guardrails leave open whether there is danger, and what becomes of the answer."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from common.clock import now, travel
from common.contracts.enums import Role
from common.testing import RunningService, eventually
from common.testing.keys import actor
from common.testing.plugin import RunService
from devices.assistant import learned
from devices.assistant.answers import is_bare
from devices.assistant.learned import Suspicion

from services.devices.tests.assistant.talking import patient_of, talk

Make = Callable[..., Awaitable[Any]]


async def test_who_is_not_understood_is_asked_whether_there_is_danger(devices: RunningService, deliver: Make) -> None:
    device = await deliver()
    async with devices.client(patient_of(device)) as http, devices.client(actor(Role.OPS)) as ops:
        conversation = await talk(http)
        asked = await conversation.say("raconte-moi une blague")
        denied = await conversation.say("non")
        again = await conversation.say("raconte-moi une blague")
        other = await conversation.say("Comment recharger la batterie ?")
        last = await conversation.say("raconte-moi une blague")
        affirmed = await conversation.say("oui")
        unsafe = (await ops.get(f"/devices/{device['id']}")).json()["isUnsafe"]
        [ticket] = (await ops.get("/tickets", params={"deviceId": device["id"]})).json()["items"]
    answers = [asked, denied, again, other, last, affirmed]
    assert [answer["template"] for answer in answers] == [
        "unsure.human",
        "human.handover",
        "unsure.human",
        "faq.charging",
        "unsure.human",
        "safety.hotline",
    ]
    assert "+33199000015" in asked["text"]
    assert (affirmed["escalation"], unsafe) == ("HOTLINE", True)
    assert ticket["description"] == "raconte-moi une blague", "what was said, and not the yes"


async def test_a_plain_no_is_one_whatever_the_guardrails_make_of_its_words(devices: RunningService) -> None:
    async with devices.client(actor(Role.PATIENT)) as http:
        conversation = await talk(http)
        for answer in (
            "Non, pas du tout.",
            "sans danger",
            "il n'y a rien de dangereux",
            "nobody is hurt",
            "Personne !",
        ):
            asked = await conversation.say("raconte-moi une blague")
            denied = await conversation.say(answer)
            assert (asked["template"], denied["template"]) == ("unsure.human", "human.handover"), answer
        assert (await conversation.state())["escalation"] == "HUMAN"


SUSPECTED = {
    "grince": Suspicion(0.15, 0.0),
    "nuage": Suspicion(0.0, 0.2),
    "vertige": Suspicion(0.0, 0.9),
    "horizon": Suspicion(0.9, 0.0),
}


@pytest.fixture
def in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net leaves open of "grince" if it is danger, of "nuage" if it is about health; two words it is sure of."""

    def suspected(words: Sequence[str]) -> Suspicion:
        found = [SUSPECTED[word] for word in words if word in SUSPECTED]
        return Suspicion(max(0.0, *(one.safety for one in found), 0.0), max(0.0, *(one.medical for one in found), 0.0))

    monkeypatch.setattr(learned, "suspicion", suspected)


@pytest.mark.usefixtures("in_doubt")
async def test_in_doubt_of_danger_it_is_asked_first_and_a_plain_no_has_the_first_message_served(
    devices: RunningService, deliver: Make
) -> None:
    device = await deliver()
    async with devices.client(patient_of(device)) as http, devices.client(actor(Role.COMPLIANCE_ADMIN)) as compliance:
        conversation = await talk(http)
        asked = await conversation.say("ma roue avant grince")
        offered = await conversation.say("non, pas du tout")
        opened = await conversation.say("oui")
        state = await conversation.state()
        ticket = (await http.get(f"/tickets/{state['ticketId']}")).json()
        kept = (await compliance.get(f"{conversation.path}/messages")).json()["items"]
    assert [answer["template"] for answer in (asked, offered, opened)] == [
        "danger.first",
        "ticket.confirm",
        "ticket.opened",
    ]
    assert ("+33199000015" in asked["text"], asked["escalation"]) == (True, "NONE")
    assert (ticket["category"], ticket["description"], ticket["isSafetyIssue"]) == (
        "WHEELS",
        "ma roue avant grince",
        False,
    )
    assert (state["escalation"], await devices.recorded("conversation.escalated")) == ("NONE", [])
    assert next((item["text"], item["rule"]) for item in reversed(kept) if item["author"] == "USER") == (
        "ma roue avant grince",
        "doubt.danger",
    )


@pytest.mark.usefixtures("in_doubt")
async def test_every_intent_is_served_after_a_plain_no(
    devices: RunningService, deliver: Make, ticket: Make, technician: Any
) -> None:
    device, somebody = await deliver(), technician()
    await ticket(somebody, device)
    async with devices.client(patient_of(device)) as http:
        conversation = await talk(http)
        templates = []
        for text in (
            "elle grince ; où en est mon dossier ?",
            "elle grince, je voudrais un rendez-vous avec le technicien",
            "Comment recharger la batterie qui grince ?",
        ):
            asked = await conversation.say(text)
            templates.append((asked["template"], (await conversation.say("non"))["template"]))
    assert templates == [
        ("danger.first", "case.none"),
        ("danger.first", "visit.propose"),
        ("danger.first", "faq.charging"),
    ]


@pytest.mark.usefixtures("in_doubt")
@pytest.mark.parametrize("answer", ["oui", "bah oui quand même", "oui, je voudrais un rendez-vous"])
async def test_a_yes_forces_the_hotline_with_what_was_said_of_the_danger(
    devices: RunningService, deliver: Make, answer: str
) -> None:
    device = await deliver()
    async with devices.client(patient_of(device)) as http, devices.client(actor(Role.OPS)) as ops:
        conversation = await talk(http)
        await conversation.say("ma roue avant grince")
        said = await conversation.say(answer)
        [ticket] = (await ops.get("/tickets", params={"deviceId": device["id"]})).json()["items"]
    assert (said["template"], said["escalation"]) == ("safety.hotline", "HOTLINE")
    assert (ticket["description"], ticket["isSafetyIssue"]) == ("ma roue avant grince", True)


@pytest.mark.usefixtures("in_doubt")
async def test_a_guardrail_wins_over_the_question_and_the_ticket_has_both_messages(
    devices: RunningService, deliver: Make
) -> None:
    device = await deliver()
    async with devices.client(patient_of(device)) as http, devices.client(actor(Role.OPS)) as ops:
        conversation = await talk(http)
        await conversation.say("ma roue avant grince")
        medical = await conversation.say("non mais quel vertige")
        await conversation.say("ma roue avant grince")
        danger = await conversation.say("non mais je vois l'horizon basculer")
        [ticket] = (await ops.get("/tickets", params={"deviceId": device["id"]})).json()["items"]
    assert (medical["template"], medical["escalation"]) == ("medical.human", "HUMAN")
    assert (danger["template"], danger["escalation"]) == ("safety.hotline", "HOTLINE")
    assert ticket["description"] == "ma roue avant grince\nnon mais je vois l'horizon basculer"


@pytest.mark.usefixtures("in_doubt")
@pytest.mark.parametrize(
    ("answer", "template"),
    [
        ("je ne sais pas", "unsure.human"),
        ("non mais quand même", "unsure.human"),
        ("elle grince toujours", "unsure.human"),
        ("où en est mon dossier ?", "case.none"),
    ],
)
async def test_what_does_not_answer_the_question_is_read_anew_and_a_human_sees_both(
    devices: RunningService, deliver: Make, answer: str, template: str
) -> None:
    device = await deliver()
    async with devices.client(patient_of(device)) as http, devices.client(actor(Role.OPS)) as ops:
        conversation = await talk(http)
        await conversation.say("ma roue avant grince")
        said = await conversation.say(answer)
        waiting = (await ops.get("/chat/conversations", params={"waiting": "true"})).json()["items"]
        if template == "unsure.human":
            await conversation.say("oui")
            [ticket] = (await ops.get("/tickets", params={"deviceId": device["id"]})).json()["items"]
            assert ticket["description"] == f"ma roue avant grince\n{answer}"
    assert (said["template"], said["escalation"]) == (template, "HUMAN")
    assert len(waiting) == 1


@pytest.mark.usefixtures("in_doubt")
async def test_a_doubt_about_health_is_never_asked_about_but_goes_to_a_human(
    devices: RunningService, deliver: Make
) -> None:
    async with devices.client(patient_of(await deliver())) as http:
        said = await (await talk(http)).say("ma roue avant grince, un nuage")
    assert (said["template"], said["escalation"]) == ("unsure.human", "HUMAN")


@pytest.mark.usefixtures("in_doubt")
async def test_who_never_says_whether_there_is_danger_is_handed_over(run_worker: RunService) -> None:
    worker = await run_worker("devices")

    async def tick() -> None:
        await worker.publish_raw("SCHEDULES", "axtech.ticks.devices.danger-left-open", b"{}")

    async with worker.client(actor(Role.PATIENT)) as http:
        conversation, answered = await talk(http), await talk(http)
        await conversation.say("ma roue avant grince")
        await answered.say("ma roue avant grince")
        await answered.say("non")
        await tick()
        at_once = await conversation.state()
        with travel(now() + timedelta(minutes=worker.resources.settings.danger_minutes + 1)):
            await tick()
            state = await eventually(conversation.state, until=lambda state: state["escalation"] == "HUMAN")
        other = await answered.state()
        late = await conversation.say("oui")
    assert (at_once["escalation"], state["handledAt"]) == ("NONE", None)
    assert other["ticketId"] is None
    assert (late["template"], late["escalation"]) == ("safety.hotline", "HOTLINE")
    escalated = [event.data for event in await worker.recorded("conversation.escalated")]
    theirs = [event["escalation"] for event in escalated if event["conversationId"] == state["id"]]
    assert theirs == ["HUMAN", "HOTLINE"]


@pytest.mark.usefixtures("in_doubt")
@pytest.mark.parametrize(
    ("answer", "template"),
    [("oui, et elle grince", "ticket.opened"), ("non, mais elle grince", "ticket.declined")],
)
async def test_what_is_said_beside_an_answer_and_may_be_a_danger_is_read_by_a_human(
    devices: RunningService, deliver: Make, answer: str, template: str
) -> None:
    device = await deliver()
    async with devices.client(patient_of(device)) as http, devices.client(actor(Role.OPS)) as ops:
        conversation = await talk(http)
        await conversation.say("Le joystick ne répond plus vers la gauche")
        told = await conversation.say(answer)
        tickets = (await ops.get("/tickets", params={"deviceId": device["id"]})).json()["items"]
    assert (told["template"], told["escalation"]) == (template, "HUMAN")
    assert [ticket["description"] for ticket in tickets] == (
        [f"Le joystick ne répond plus vers la gauche\n{answer}"] if template == "ticket.opened" else []
    )


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("oui", True),
        ("Oui, merci beaucoup !", True),
        ("je veux bien", True),
        ("le 3 décembre à 14h", True),
        ("AX-FRE-200-0001", True),
        ("non, laissez tomber", True),
        ("", True),
        ("oui, et la roue se détache", False),
        ("pas besoin, la sangle est usée", False),
        ("le 3 décembre à 14h si je ne tombe pas avant", False),
        ("no, it pulls to the left", False),
        ("je ne veux pas tomber", False),
        ("non, ça va pas", False),
    ],
)
def test_an_answer_is_bare_when_it_says_nothing_else(text: str, bare: bool) -> None:
    assert is_bare(text) is bare
