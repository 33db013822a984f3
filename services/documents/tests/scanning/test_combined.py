import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from documents.scanning import (
    CombinedScanner,
    ScannerUnavailable,
    ScanStatus,
    Verdict,
    YaraScanner,
    make_scanner,
)

CHUNKS = [bytes([number]) * 1000 for number in range(100)]


async def source() -> AsyncIterator[bytes]:
    for chunk in CHUNKS:
        yield chunk


@dataclass
class Engine:
    """Reads `reads` chunks (None: all), then answers or raises."""

    answer: Verdict | Exception
    reads: int | None = None
    slow: bool = False
    seen: list[bytes] = field(default_factory=list)

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        if self.reads != 0:
            async for chunk in chunks:
                self.seen.append(chunk)
                if self.slow:
                    await asyncio.sleep(0)
                if len(self.seen) == self.reads:
                    break
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


CLEAN = Verdict()
DOWN = ScannerUnavailable("down")


async def test_every_engine_reads_the_whole_file_from_one_reading() -> None:
    engines = [Engine(CLEAN), Engine(CLEAN, slow=True), Engine(CLEAN)]
    assert (await CombinedScanner(engines).scan(source())).status is ScanStatus.CLEAN
    assert [engine.seen for engine in engines] == [CHUNKS] * 3


async def test_the_findings_of_all_engines_are_named() -> None:
    engines = [Engine(Verdict(("b.x",))), Engine(CLEAN), Engine(Verdict(("a.y", "b.x")))]
    verdict = await CombinedScanner(engines).scan(source())
    assert (verdict.status, verdict.signatures) == (ScanStatus.INFECTED, ("a.y", "b.x"))


@pytest.mark.parametrize("reads", [0, 1, None])
async def test_nothing_is_clean_while_an_engine_is_down(reads: int | None) -> None:
    for engines in ([Engine(CLEAN), Engine(DOWN, reads)], [Engine(DOWN, reads), Engine(CLEAN)]):
        with pytest.raises(ScannerUnavailable, match="down"):
            await CombinedScanner(engines).scan(source())


@pytest.mark.parametrize("reads", [0, 1, None])
async def test_a_finding_stands_though_another_engine_is_down(reads: int | None) -> None:
    verdict = await CombinedScanner([Engine(DOWN, reads), Engine(Verdict(("a.x",)))]).scan(source())
    assert verdict.signatures == ("a.x",)


@pytest.mark.parametrize("reads", [0, 1, 50])
async def test_an_engine_that_decides_early_does_not_hold_the_others(reads: int) -> None:
    slow = Engine(CLEAN, slow=True)
    verdict = await CombinedScanner([Engine(Verdict(("a.x",)), reads), slow]).scan(source())
    assert verdict.signatures == ("a.x",)
    assert slow.seen == CHUNKS


async def test_errors_of_the_source_and_of_an_engine_pass_through() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionResetError("storage")

    with pytest.raises(ConnectionResetError, match="storage"):
        await CombinedScanner([Engine(CLEAN), Engine(CLEAN)]).scan(broken())
    with pytest.raises(ZeroDivisionError):
        await CombinedScanner([Engine(CLEAN), Engine(ZeroDivisionError())]).scan(source())


def test_clamav_is_asked_as_well_where_it_is_configured() -> None:
    assert isinstance(make_scanner(None), YaraScanner)
    assert isinstance(make_scanner("tcp://clamav:3310"), CombinedScanner)
