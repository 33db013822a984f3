"""The drawing of the state machine."""

from pathlib import Path

from cases.cases.diagram import page

PAGE = Path(__file__).parents[2] / "docs" / "case-states.md"


def test_the_committed_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m cases.cases.diagram"
