"""When another provider takes over."""

from dataclasses import dataclass, field

import pytest
from common.ids import new_id
from hypothesis import given
from hypothesis import strategies as st
from notifications.providers.carriers import Carriers, turns
from notifications.providers.messages import NotTaken, Refused, Sms, Unreachable

MESSAGE = Sms(to="+33612345678", text="Bonjour", key=new_id())


@dataclass
class Scripted:
    """Raises what it is told to, or takes the message."""

    name: str
    raises: Exception | None = None
    asked: list[Sms] = field(default_factory=list)

    async def send(self, message: Sms, /) -> str | None:
        self.asked.append(message)
        if self.raises is not None:
            raise self.raises
        return f"{self.name}-1"


async def test_the_first_takes_what_it_can() -> None:
    first, second = Scripted("A"), Scripted("B")
    taken = await Carriers([first, second]).send(MESSAGE, attempt=1)
    assert (taken.provider, taken.external_id) == ("A", "A-1")
    assert second.asked == []


async def test_the_second_takes_over_at_once_where_the_first_surely_took_nothing() -> None:
    first, second = Scripted("A", NotTaken("down")), Scripted("B")
    assert (await Carriers([first, second]).send(MESSAGE, attempt=1)).provider == "B"


@pytest.mark.parametrize(("attempt", "provider"), [(1, None), (2, None), (3, "B"), (4, "B"), (5, None)])
async def test_where_the_first_may_have_taken_it_the_second_waits_for_the_third_attempt(
    attempt: int, provider: str | None
) -> None:
    carriers = Carriers([Scripted("A", Unreachable("no answer")), Scripted("B")])
    if provider is None:
        with pytest.raises(Unreachable):
            await carriers.send(MESSAGE, attempt=attempt)
    else:
        assert (await carriers.send(MESSAGE, attempt=attempt)).provider == provider


async def test_a_refused_message_is_not_hawked_around() -> None:
    second = Scripted("B")
    with pytest.raises(Refused):
        await Carriers([Scripted("A", Refused("no")), second]).send(MESSAGE, attempt=1)
    assert second.asked == []


async def test_where_nobody_takes_it_the_queue_tries_again() -> None:
    with pytest.raises(NotTaken):
        await Carriers([Scripted("A", NotTaken("x")), Scripted("B", NotTaken("y"))]).send(MESSAGE, attempt=1)


@given(st.lists(st.text(), max_size=5), st.integers(1, 20))
def test_every_attempt_may_ask_everybody(providers: list[str], attempt: int) -> None:
    assert sorted(turns(providers, attempt)) == sorted(providers)
