"""Reading what people write: accents, elisions, typing errors and negation, in French and English."""

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from rapidfuzz.distance import OSA

MAX_LENGTH = 2000

_PART = 5
"""How many words a part of a message has at least, but the last."""
_CLAUSE_END = re.compile(r"[.!?;:,()\[\]\n…]+")
_NEW_CLAUSE = frozenset({"mais", "but", "however", "sauf"})
_WORD = re.compile(r"[a-z0-9]+")
_MANY = re.compile(r"(?<!n'ai )(?<!n'a )\bpas mal d")
_REPEATED = re.compile(r"([a-z])\1{2,}")
_SPELLED_OUT = {
    "jai": "j ai",
    "cest": "c est",
    "ya": "y a",
    "nest": "n est",
    "sarrete": "s arrete",
    "marreter": "m arreter",
    "larreter": "l arreter",
    "narrete": "n arrete",
    "darreter": "d arreter",
    "jarrive": "j arrive",
    "narrive": "n arrive",
    "jattends": "j attends",
    "tt": "tout",
    "ts": "tous",
    "ds": "dans",
    "qd": "quand",
    "tjs": "toujours",
    "pb": "probleme",
    "pr": "pour",
    "pa": "pas",
    "jsuis": "je suis",
    "jsui": "je suis",
    "chui": "je suis",
    "chuis": "je suis",
    "jme": "je me",
    "jpeux": "je peux",
    "bloke": "bloque",
    "wont": "will not",
    "cant": "can not",
    "cannot": "can not",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "isnt": "is not",
    "arent": "are not",
    "wasnt": "was not",
}
_CONTRACTED = re.compile(r"\b(wo|ca|do|does|did|is|are|was|were|has|have|could|should|would)n'?t\b")
_FULL = {"wo": "will", "ca": "can"}
_NEGATIONS = frozenset({"pas", "jamais", "aucun", "aucune", "sans", "ni", "no", "not", "never", "without", "none"})
_NOT_DENYING = frozenset(
    {
        ("sans", "arret"),
        ("sans", "cesse"),
        ("sans", "prevenir"),
        ("sans", "raison"),
        ("pas", "normal"),
        ("pas", "que"),
        ("pas", "seulement"),
        ("jamais", "autant"),
        ("no", "idea"),
        ("no", "reason"),
        ("not", "just"),
        ("not", "normal"),
        ("not", "only"),
        ("never", "so"),
        ("never", "such"),
    }
)
"""Negations that deny nothing of what follows: "sans arrêt", "not only"."""
_FRENCH = frozenset(
    "le la les un une des je j mon ma mes est et ou en du au de que qui ne pas il ca".split()  # noqa: SIM905
)
_ENGLISH = frozenset(
    "the a an i my is are and or in of to it not do can what how when me you".split()  # noqa: SIM905
)


def _spelled_out(contraction: re.Match[str]) -> str:
    """`won't` as `will not`."""
    return f"{_FULL.get(contraction[1], contraction[1])} not"


def plain(text: str) -> str:
    """Lower case without accents, ligatures and invisible characters; a letter is written at most twice in a row."""
    lowered = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'").replace("`", "'")
    decomposed = unicodedata.normalize("NFKD", lowered)
    kept = "".join(c for c in decomposed if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return _REPEATED.sub(r"\1", kept)


@dataclass(frozen=True)
class Message:
    """The words of a message, and which clause each is in."""

    words: tuple[str, ...]
    clauses: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> "Message":
        """Take a message apart."""
        words: list[str] = []
        clauses: list[int] = []
        clause = 0
        written = _MANY.sub("beaucoup d", _CONTRACTED.sub(_spelled_out, plain(text[:MAX_LENGTH])[:MAX_LENGTH]))
        for part in _CLAUSE_END.split(written):
            clause += 1
            for found in _WORD.findall(part):
                for word in _SPELLED_OUT.get(found, found).split():
                    clause += word in _NEW_CLAUSE
                    words.append(word)
                    clauses.append(clause)
        return cls(tuple(words), tuple(clauses))

    @cached_property
    def language(self) -> str:
        """`fr` or `en`, by the small words; French when they do not tell."""
        english = sum(word in _ENGLISH for word in self.words)
        return "en" if english > sum(word in _FRENCH for word in self.words) else "fr"

    @cached_property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The message cut at the ends of clauses into parts of some words each; nothing where it is one part only."""
        parts: list[tuple[str, ...]] = []
        part: tuple[str, ...] = ()
        for _, clause in itertools.groupby(zip(self.clauses, self.words, strict=True), key=itemgetter(0)):
            part += tuple(word for _, word in clause)
            if len(part) >= _PART:
                parts, part = [*parts, part], ()
        if part:
            parts.append(part)
        return tuple(parts) if len(parts) > 1 else ()

    def near(self, start: int, end: int, before: int, after: int) -> tuple[Sequence[str], Sequence[str]]:
        """The words up to `before` in front of a span and `after` behind it, in the same clause."""
        clause = self.clauses[start]
        front = range(max(0, start - before), start)
        behind = range(end, min(len(self.words), end + after))
        return (
            [self.words[i] for i in front if self.clauses[i] == clause],
            [self.words[i] for i in behind if self.clauses[i] == clause],
        )

    def denies(self, start: int, end: int) -> bool:
        """Whether what the span says is said not to be so: "je ne suis pas tombé", "no smoke"."""
        front, behind = self.near(start, end, 3, 2)
        pairs = itertools.pairwise([*front, self.words[start]])
        if any(word in _NEGATIONS and (word, then) not in _NOT_DENYING for word, then in pairs):
            return True
        ne = "ne" in front or "n" in front
        if ne and ("plus" in front or {"pas", "plus", "jamais"} & set(behind)):
            return True
        return behind[:1] == ["pas"]

    def lacks(self, start: int, end: int) -> bool:
        """Whether what the span names fails or is missing: "ne marche plus", "marche pas", "plus de freins"."""
        front, behind = self.near(start, end, 4, 2)
        return bool((_NEGATIONS | {"plus", "impossible", "rien"}) & {*front, *behind})


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word as a table writes it: `frein*` begins so, `=feu` is spelled so; long words forgive typing errors."""

    stem: str
    is_prefix: bool
    tolerance: int

    @classmethod
    def of(cls, written: str) -> "Pattern":
        """Read one word of a table."""
        stem, is_prefix = written.strip("=*"), written.endswith("*")
        shortest = 6 if is_prefix else 5  # of what stands for a whole family of words, less is forgiven
        forgiving = 0 if written.startswith("=") else 2 if len(stem) >= 9 else 1 if len(stem) >= shortest else 0
        return cls(stem, is_prefix, forgiving)

    def fits(self, word: str) -> bool:
        """Whether a word is meant. Letters added, left out, exchanged or swapped with their neighbour are forgiven."""
        if word == self.stem or (self.is_prefix and word.startswith(self.stem)):
            return True
        if not self.tolerance or word[0] != self.stem[0]:
            return False
        length = len(self.stem)
        if not self.is_prefix:
            return self._is_near(word)
        if len(word) < length - self.tolerance:
            return False
        cuts = {word[: length + extra] for extra in range(-self.tolerance, self.tolerance + 1)}
        return any(map(self._is_near, cuts))

    def _is_near(self, word: str) -> bool:
        return OSA.distance(word, self.stem, score_cutoff=self.tolerance) <= self.tolerance
