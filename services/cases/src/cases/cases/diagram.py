"""The state machine as a page: `python -m cases.cases.diagram > services/cases/docs/case-states.md`."""

import sys

from common.contracts.enums import CaseStatus

from cases.cases.domain import MOVES, Move
from cases.tasks.domain import TEMPLATES

_HEAD = """# The states of a case

Made from the table in `cases/cases/domain.py` by `python -m cases.cases.diagram`; a test fails when it is out of date.
OPS makes every move by hand, with a reason; an arrow is labelled with what makes it by itself.
"""


def page() -> str:
    """The whole page, in Markdown with Mermaid."""
    return "\n".join([_HEAD, "```mermaid", *_drawing(), "```", "", *_table(), "", *_tasks(), ""])


def _drawing() -> list[str]:
    lines = ["stateDiagram-v2", f"    [*] --> {CaseStatus.INTAKE_RECEIVED}"]
    for move in MOVES:
        label = f" : {', '.join(_facts(move))}" if move.on else ""
        lines.append(f"    {move.origin} --> {move.target}{label}")
    ends = [status for status in CaseStatus if all(move.origin is not status for move in MOVES)]
    return lines + [f"    {status} --> [*]" for status in ends]


def _table() -> list[str]:
    lines = ["| from | to | by hand | by itself on | once |", "|---|---|---|---|---|"]
    for move in MOVES:
        check = (move.check.__doc__ or "").rstrip(".") if move.check else ""
        who = ", ".join(sorted(move.by))
        lines.append(f"| {move.origin} | {move.target} | {who} | {', '.join(_facts(move))} | {check} |")
    return lines


def _facts(move: Move) -> list[str]:
    return sorted(move.on)


def _tasks() -> list[str]:
    lines = ["| on entering | somebody is asked | to |", "|---|---|---|"]
    return lines + [f"| {status} | {task.role} | {task.title} |" for status, task in TEMPLATES.items()]


if __name__ == "__main__":
    sys.stdout.write(page())
