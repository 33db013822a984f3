"""What a scan answers, and who answers it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ScanStatus(StrEnum):
    """A scan that ended. One that did not raises `ScannerUnavailable`: nothing is clean by default."""

    CLEAN = "CLEAN"
    INFECTED = "INFECTED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The names of what was found, sorted, each once, with its engine in front (`yara.EICAR_test_file`)."""

    signatures: tuple[str, ...] = ()

    @property
    def status(self) -> ScanStatus:
        return ScanStatus.INFECTED if self.signatures else ScanStatus.CLEAN


class ScannerUnavailable(Exception):
    """No verdict could be had (engine down, too slow, answering nonsense): keep the document PENDING and try again."""


class Scanner(Protocol):
    """An engine. Safe to use from several tasks at once."""

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """Reads `chunks` once; raises ScannerUnavailable. What `chunks` itself raises passes through."""
        ...
