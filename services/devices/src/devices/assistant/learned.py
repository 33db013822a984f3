"""The net that was learned from examples, beside the reviewed tables.

A linear model over pieces of words, words and stems with those near them, and runs of letters, trained by
`python -m bench.learn` and kept in `learned.bin`: a line of JSON (`scale`, the intercepts, `of`: the digest of what it
was trained on), then the weights, a signed byte a class and bucket.
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
CLASSES = ("SAFETY", "MEDICAL", "TICKET", "FAQ", "CASE_STATUS", "APPOINTMENT", "SMALLTALK", "UNSURE")
"""The labels of utterances, in the order of the weights."""

_SHORTEST, _LONGEST = 3, 6
_APART, _FAR_APART = 3, 5
_RUNS = (5, 7)
_STEM, _SHORT_STEM = 5, 4
_LITTLE = frozenset(
    """
    le la les l un une des de du d je j il elle on a au aux et est en que qui se s ma mon mes son sa ses ce c the an of
    to is it my i and in at his her he she""".split()  # noqa: SIM905
)
"""Words that stand between those that say something."""
_GUARDED = 2


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How likely a message is about safety, and about health, by what was learned; each 0 to 1.

    `wants`: the likeliest label of the others, and `sure` how likely it is, were the message about neither.
    """

    safety: float
    medical: float
    wants: str = "UNSURE"
    sure: float = 0.0

    @classmethod
    def of(cls, likely: Sequence[float]) -> "Suspicion":
        """What likelihoods of `CLASSES` say."""
        others = likely[_GUARDED:]
        best = max(range(len(others)), key=others.__getitem__)
        return cls(likely[0], likely[1], CLASSES[_GUARDED + best], others[best] / sum(others))

    @property
    def any(self) -> float:
        """How likely it is about one of the two."""
        return self.safety + self.medical


@dataclass(frozen=True, slots=True)
class _Model:
    of: str
    scale: float
    intercepts: Sequence[float]
    weights: Sequence[int]


def features(words: Sequence[str]) -> dict[int, float]:
    """What the model sees of a message: buckets of five kinds of features, each kind of length 1."""
    pieces = {
        f"c{spaced[start : start + length]}"
        for spaced in (f" {word} " for word in words)
        for length in range(_SHORTEST, _LONGEST + 1)
        for start in range(max(1, len(spaced) - length + 1))
    }
    written = f" {' '.join(words)} "
    runs = {
        f"x{written[start : start + length]}" for length in _RUNS for start in range(max(1, len(written) - length + 1))
    }
    telling = [word for word in words if word not in _LITTLE]
    stems = [word[:_STEM] for word in telling]
    short = [word[:_SHORT_STEM] for word in telling]
    threes = {f"t{'_'.join(three)}" for three in zip(short, short[1:], short[2:], strict=False)}
    found: dict[int, float] = {}
    for kind in (
        pieces,
        {f"w{word}" for word in words} | _pairs("w", words, _APART),
        runs,
        {f"s{stem}" for stem in stems} | _pairs("s", stems, _APART),
        threes | _pairs("v", short, _FAR_APART),
    ):
        value = 1 / math.sqrt(len(kind) or 1)
        for feature in sorted(kind):
            bucket = zlib.crc32(feature.encode()) % BUCKETS
            found[bucket] = found.get(bucket, 0.0) + value
    return found


def _pairs(kind: str, words: Sequence[str], apart: int) -> set[str]:
    """Every word with those up to `apart` places behind it."""
    return {f"{kind}{word}_{other}" for place, word in enumerate(words) for other in words[place + 1 :][:apart]}


def suspicion(words: Sequence[str]) -> Suspicion:
    """What the model makes of a message."""
    model = _model()
    sums = [0.0] * len(CLASSES)
    for bucket, value in features(words).items():
        first = bucket * len(CLASSES)
        for place, weight in enumerate(model.weights[first : first + len(CLASSES)]):
            sums[place] += value * weight
    scores = [one * model.scale + intercept for one, intercept in zip(sums, model.intercepts, strict=True)]
    most = max(scores)
    odds = [math.exp(score - most) for score in scores]
    return Suspicion.of([one / sum(odds) for one in odds])


def trained_on() -> str:
    """The digest of the utterances the weights were learned from (`report.training_digest`)."""
    return _model().of


@cache
def _model() -> _Model:
    head, _, weights = WEIGHTS.read_bytes().partition(b"\n")
    told = json.loads(head)
    return _Model(told["of"], told["scale"], told["intercepts"], memoryview(zlib.decompress(weights)).cast("b"))
