"""The net that was learned from examples, beside the reviewed table: it only ever sends to people.

A linear model over pieces of words and pairs of words, trained by `python -m bench.learn` and kept in `learned.bin`: a
line of JSON (`scale`, the intercepts, `of`: the digest of what it was trained on), then the weights, a signed byte for
SAFETY and one for MEDICAL a bucket.
"""

import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WEIGHTS = Path(__file__).with_name("learned.bin")
BUCKETS = 1 << 17

_SHORTEST, _LONGEST = 3, 6
_APART = 3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How likely a message is about safety, and about health, by what was learned; each 0 to 1."""

    safety: float
    medical: float

    @property
    def any(self) -> float:
        """How likely it is about one of the two."""
        return self.safety + self.medical


@dataclass(frozen=True, slots=True)
class _Model:
    of: str
    scale: float
    intercepts: tuple[float, float]
    weights: Sequence[int]


def features(words: Sequence[str]) -> dict[int, float]:
    """What the model sees of a message: buckets of pieces of words, and of words and pairs, each kind of length 1."""
    pieces = {
        f"c{spaced[start : start + length]}"
        for spaced in (f" {word} " for word in words)
        for length in range(_SHORTEST, _LONGEST + 1)
        for start in range(max(1, len(spaced) - length + 1))
    }
    pairs = {
        f"w{word}_{words[place + apart]}"
        for place, word in enumerate(words)
        for apart in range(1, _APART + 1)
        if place + apart < len(words)
    }
    found: dict[int, float] = {}
    for kind in (pieces, pairs | {f"w{word}" for word in words}):
        for feature in sorted(kind):
            bucket = zlib.crc32(feature.encode()) % BUCKETS
            found[bucket] = found.get(bucket, 0.0) + 1 / math.sqrt(len(kind))
    return found


def suspicion(words: Sequence[str]) -> Suspicion:
    """What the model makes of a message."""
    model = _model()
    safety, medical = model.intercepts
    for bucket, value in features(words).items():
        safety += value * model.scale * model.weights[2 * bucket]
        medical += value * model.scale * model.weights[2 * bucket + 1]
    odds = math.exp(safety), math.exp(medical)
    return Suspicion(odds[0] / (1 + sum(odds)), odds[1] / (1 + sum(odds)))


def trained_on() -> str:
    """The digest of the utterances the weights were learned from (`report.training_digest`)."""
    return _model().of


@cache
def _model() -> _Model:
    head, _, weights = WEIGHTS.read_bytes().partition(b"\n")
    told = json.loads(head)
    safety, medical = told["intercepts"]
    return _Model(told["of"], told["scale"], (safety, medical), memoryview(zlib.decompress(weights)).cast("b"))
