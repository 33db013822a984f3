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


PAGE = "# Page\n\n<!-- figures -->\n| what | … |\n|---|---|\n| old | 1 |\n<!-- end of figures -->\n\nwords\n"
ROW = "| rows relayed | 28,800.4 rows/s | 36,000.0 (bare batches) | 0.80 | 75 % | met |"


def test_the_table_is_written_anew_and_the_rest_is_kept() -> None:
    once = _with_figures(PAGE, [FIGURE], anew=True)
    assert once.startswith("# Page\n\n<!-- figures -->\n| what |")
    assert once.endswith("|\n<!-- end of figures -->\n\nwords\n")
    assert ROW in once
    assert "old" not in once
    assert _with_figures(once, [FIGURE], anew=True) == once


def test_one_benchmark_writes_its_own_rows_where_they_stand() -> None:
    both = _with_figures(PAGE, [FIGURE], anew=False)
    assert both.splitlines()[5:7] == ["| old | 1 |", ROW]
    later = _with_figures(both, [{**FIGURE, "name": "old"}], anew=False)
    assert later.splitlines()[5:7] == [ROW.replace("rows relayed", "old"), ROW]
