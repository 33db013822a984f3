"""Hashing passwords beside everything else."""

import asyncio

from common.errors import Unavailable
from hypothesis import given, settings
from hypothesis import strategies as st
from identity.security.passwords import Passwords

passwords = Passwords(rounds=4, threads=2)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=128)


@given(texts, texts)
@settings(max_examples=25, deadline=None)
def test_a_password_is_itself_and_no_other(password: str, other: str) -> None:
    hashed = passwords._hash(password)
    assert passwords._verify(password, hashed)
    assert passwords._verify(other, hashed) == (other == password)


async def test_characters_beyond_72_bytes_and_after_a_nul_count() -> None:
    hashed = await passwords.hash("x" * 80 + "\0a")
    assert await passwords.verify("x" * 80 + "\0a", hashed)
    assert not await passwords.verify("x" * 80 + "\0b", hashed)
    assert not await passwords.verify("x" * 79, hashed)


async def test_nobody_has_no_password() -> None:
    assert not await passwords.verify("anything", None)


async def test_many_logins_at_once_do_not_keep_the_loop_from_answering() -> None:
    busy = Passwords(rounds=8, threads=2)
    hashing = [asyncio.create_task(busy.hash(str(number))) for number in range(20)]
    turns = 0
    while not all(task.done() for task in hashing):
        await asyncio.sleep(0)
        turns += 1
    busy.close()
    assert turns > len(hashing)


async def test_whoever_finds_the_queue_full_is_sent_away_and_let_in_once_there_is_room() -> None:
    full = Passwords(rounds=4, threads=1, queue=1)
    waiting = [asyncio.create_task(full.hash(str(number))) for number in range(3)]
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(answer, Unavailable) for answer in answers] == [False, False, True]
    assert await full.hash("again")
    full.close()
