"""The page of figures."""

from axtech.commands.bench import _with_figures

FIGURE = {
    "name": "rows relayed",
    "value": 28_800.4,
    "unit": "rows/s",
    "baseline": 36_000.0,
    "baseline_name": "bare batches",
    "ratio": 0.8,
    "target": "75 %",
    "met": True,
}


def test_the_table_is_written_anew_and_the_rest_is_kept() -> None:
    page = "# Page\n\n<!-- figures -->\nold\n<!-- end of figures -->\n\nwords\n"
    once = _with_figures(page, [FIGURE])
    assert once.startswith("# Page\n\n<!-- figures -->\n| what |")
    assert once.endswith("|\n<!-- end of figures -->\n\nwords\n")
    assert "| rows relayed | 28,800.4 rows/s | 36,000.0 (bare batches) | 0.80 | 75 % | met |" in once
    assert "old" not in once
    assert _with_figures(once, [FIGURE]) == once
