"""YARA-X with the rules beside this file, over the file and over what is packed in it."""

import asyncio
import time
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Final

import yara_x

from documents.scanning.buffers import WINDOW_BYTES, Spool, View, windows
from documents.scanning.parts import Budget, Kind, ScanTimeout, Unscannable, kind_of, parts, unescaped_names
from documents.scanning.verdict import ScannerUnavailable, Verdict

# YARA-X keeps the interpreter lock while it matches (about a millisecond a window), so a whole file at once would stop
# the event loop. The overlap lets a pattern that straddles two windows be seen; rules ask for nothing longer.
OVERLAP_BYTES: Final = 16 * 1024
PDF_NAME_RULES: Final = frozenset({Kind.PDF, Kind.PDF_OBJECTS})


def compile_rules() -> yara_x.Rules:
    """Every `rules/*.yar`; raises yara_x.CompileError, slow patterns included."""
    compiler = yara_x.Compiler(error_on_slow_pattern=True, includes_enabled=False)
    # What the rules may ask about the bytes before them: see `_Walk.match`.
    compiler.define_global("kind", "")
    compiler.define_global("inside", "")
    compiler.define_global("first", True)
    folder = files("documents.scanning").joinpath("rules")
    for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".yar"):
            compiler.add_source(source.read_text(encoding="utf-8"), origin=source.name)
    return compiler.build()


class YaraScanner:
    """Ours, always on. One temporary file a scan and one for each level of packing, unpacked_limit_bytes in all.

    time_limit_s: for matching and unpacking, not for reading `chunks`. at_once: scans that match at the same time.
    """

    name: Final = "yara"

    def __init__(
        self, *, time_limit_s: float = 60.0, unpacked_limit_bytes: int = 256 * 1024 * 1024, at_once: int = 2
    ) -> None:
        self._rules = compile_rules()
        self._time_limit_s = time_limit_s
        self._unpacked_limit_bytes = unpacked_limit_bytes
        self._turns = asyncio.Semaphore(at_once)

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """See `Scanner.scan`. Raises ScannerUnavailable when the time limit passes."""
        with Spool() as spool:
            async for chunk in chunks:
                # A page-cache write of some KiB: cheaper here than a hop to a thread and back for each.
                spool.write(chunk)
            async with self._turns:
                # Shielded: a cancelled scan must not close the file under the thread that reads it.
                work = asyncio.ensure_future(asyncio.to_thread(self._match_all, spool))
                try:
                    found = await asyncio.shield(work)
                except asyncio.CancelledError:
                    await asyncio.wait({work})
                    raise
        return Verdict(tuple(sorted(f"{self.name}.{signature}" for signature in found)))

    def _match_all(self, spool: Spool) -> set[str]:
        budget = Budget(bytes_left=self._unpacked_limit_bytes, deadline=time.monotonic() + self._time_limit_s)
        walk = _Walk(self._rules, budget)
        try:
            with spool.viewed() as view:
                walk.visit(view, kind_of(view[:1024]), inside="", depth=0)
        except Unscannable as reason:
            walk.found.add(reason.signature)
        except (ScanTimeout, yara_x.TimeoutError) as error:
            if not walk.found:
                raise ScannerUnavailable("the scan took longer than its time limit") from error
        except (yara_x.ScanError, OSError) as error:
            raise ScannerUnavailable("the scan failed") from error
        finally:
            walk.close()
        return walk.found


class _Walk:
    """One scan: matches a file, then what is in it, depth first."""

    def __init__(self, rules: yara_x.Rules, budget: Budget) -> None:
        self.found: set[str] = set()
        self._budget = budget
        self._scanner = yara_x.Scanner(rules)
        self._scanner.set_timeout(10)
        self._scanner.max_matches_per_pattern(100)

    def close(self) -> None:
        """In the thread that made the walk: YARA-X refuses to let go of a scanner in another."""
        del self._scanner

    def visit(self, view: View, kind: Kind, *, inside: str, depth: int) -> None:
        self.match(view, kind, inside)
        for part in parts(view, kind, self._budget):
            if depth >= self._budget.depth:
                raise Unscannable("Limits_depth")
            with Spool() as spool:
                for chunk in part.chunks:
                    spool.write(chunk)
                with spool.viewed() as unpacked:
                    part_kind = part.kind or kind_of(unpacked[:1024])
                    self.visit(unpacked, part_kind, inside=kind, depth=depth + 1)

    def match(self, view: View, kind: Kind, inside: str) -> None:
        """Rules see windows. Globals: `kind` of these bytes, the kind they lie `inside` of, `first` window or not."""
        self._scanner.set_global("kind", str(kind))
        self._scanner.set_global("inside", str(inside))
        for at, window in windows(view, WINDOW_BYTES, OVERLAP_BYTES, self._budget.check_time):
            self._scanner.set_global("first", at == 0)
            self._match_window(window)
            if kind in PDF_NAME_RULES and (plain := unescaped_names(window)) != window:
                self._match_window(plain)

    def _match_window(self, window: bytes) -> None:
        self.found.update(rule.identifier for rule in self._scanner.scan(window).matching_rules)
