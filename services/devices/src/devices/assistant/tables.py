"""The reviewed tables of expressions, read from the files beside this one."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from devices.assistant.text import Message, Pattern

FOLDER = Path(__file__).parent
_FILES = {
    "guardrails": ("guardrails/people.toml", "guardrails/devices.toml", "guardrails/medical.toml"),
    "intents": ("intents.toml",),
}
Span = tuple[int, int]
Expression = tuple[Pattern, ...]


class When(StrEnum):
    """What the last group of a rule has to be: said, said and not denied, or said to fail or to be missing."""

    ANY = "any"
    AFFIRMED = "affirmed"
    LACKING = "lacking"


@dataclass(frozen=True, slots=True)
class Group:
    """Expressions of which one is to be found, by their first letter; an expression is one word or several in a row."""

    expressions: Mapping[str, Sequence[Expression]]

    @classmethod
    def of(cls, written: str, lists: Mapping[str, str] = MappingProxyType({})) -> "Group":
        """Read `frein* brake* en_panne @part`, where `@part` stands for a list of words."""
        found: dict[str, list[Expression]] = {}
        named = (lists[entry[1:]] if entry.startswith("@") else entry for entry in written.split())
        for words in " ".join(named).split():
            expression = tuple(map(Pattern.of, words.split("_")))
            found.setdefault(expression[0].stem[0], []).append(expression)
        return cls(found)

    def spans(self, message: Message) -> list[Span]:
        """Where one of the expressions stands."""
        found = []
        for start, word in enumerate(message.words):
            for expression in self.expressions.get(word[0], ()):
                words = message.words[start : start + len(expression)]
                if len(words) == len(expression) and all(map(Pattern.fits, expression, words)):
                    found.append((start, start + len(expression)))
                    break
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """A message is meant when every group is found, near to each other, and `unless` not in the last one's clause.

    A rule that `is_seconded` weighs less than any other, and leaves in doubt only what the learned net suspects too.
    """

    id: str
    means: str
    groups: tuple[Group, ...]
    when: When
    unless: Group | None
    within: int
    is_seconded: bool = False

    @classmethod
    def of(cls, entry: dict[str, Any], lists: Mapping[str, str]) -> "Rule":
        """Read one entry of a table, which may name lists of words."""
        return cls(
            id=entry["id"],
            means=entry["means"],
            groups=tuple(Group.of(group, lists) for group in entry["all"]),
            when=When(entry.get("when", When.ANY)),
            unless=Group.of(entry["unless"], lists) if "unless" in entry else None,
            within=entry.get("within", 8),
            is_seconded=entry.get("seconded", False),
        )

    def fits(self, message: Message) -> bool:
        """Whether the message says so."""
        *others, last = self.groups
        anchors = [span for span in last.spans(message) if self._said(message, span)]
        if anchors and self.unless is not None:
            harmless = {message.clauses[start] for start, _ in self.unless.spans(message)}
            anchors = [span for span in anchors if message.clauses[span[0]] not in harmless]
        if not anchors:
            return False
        found = [other.spans(message) for other in others]
        return any(all(any(self._near(anchor, span) for span in spans) for spans in found) for anchor in anchors)

    def _said(self, message: Message, span: Span) -> bool:
        if self.when is When.LACKING:
            return message.lacks(*span)
        return self.when is When.ANY or not message.denies(*span)

    def _near(self, one: Span, other: Span) -> bool:
        apart = max(one[0] - other[1], other[0] - one[1])
        return 0 <= apart <= self.within


@cache
def rules(name: str) -> tuple[Rule, ...]:
    """The rules of a table, in the order in which they count."""
    found: list[Rule] = []
    for file in _FILES[name]:
        table = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
        found += [Rule.of(entry, table.get("words", {})) for entry in table["rule"]]
    return tuple(found)


def fitting(name: str, message: Message) -> Iterator[Rule]:
    """The rules of a table that a message fits, in the order in which they count."""
    return (rule for rule in rules(name) if rule.fits(message))
