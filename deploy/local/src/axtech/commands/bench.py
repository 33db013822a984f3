"""`bench NAME`: what is measured, as a table and as JSON."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json
from axtech.project import ROOT, home

_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"

commands = typer.Typer()


@commands.command()
def bench(
    name: Annotated[str, typer.Argument(help="A benchmark, or `all`.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
    page: Annotated[
        Path | None, typer.Option(help="A Markdown page: `all` writes its table of figures anew, a benchmark its rows.")
    ] = None,
) -> None:
    """Measure, each figure beside a bare baseline of the same run; also written to `bench.json` in the home folder."""
    wanted = [] if name == "all" else [name]
    done = subprocess.run(
        [sys.executable, "-m", "bench.run", *wanted], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    try:
        figures = json.loads(done.stdout)
    except ValueError:
        fail(f"The benchmark {name} did not come to its end")
    home().mkdir(parents=True, exist_ok=True)
    (home() / "bench.json").write_text(done.stdout)
    if page is not None:
        page.write_text(_with_figures(page.read_text(), figures, anew=name == "all"))
    if as_json:
        print_json(figures)
    else:
        out.print(_table(figures))
    if done.returncode != 0:
        fail("Not every benchmark came to its end")
    if not all(figure["met"] for figure in figures):
        err.print("[yellow]Not every target was met")


def _with_figures(text: str, figures: list[dict[str, Any]], *, anew: bool) -> str:
    """The page, with `figures` in the table between its two marks; rows of others stay unless it is written `anew`."""
    before, _, rest = text.partition(_BEGIN)
    table, _, after = rest.partition(_END)
    rows = {} if anew else {_named(row): row for row in table.strip().splitlines()[2:]}
    rows |= {
        one["name"]: f"| {one['name']} | {one['value']:,.1f} {one['unit']} "
        f"| {one['baseline']:,.1f} ({one['baseline_name']}) "
        f"| {one['ratio']:.2f} | {one['target']} | {'met' if one['met'] else '**missed**'} |"
        for one in figures
    }
    head = ["| what | figure | baseline of the same run | ratio | target | |", "|---|---|---|---|---|---|"]
    return "\n".join([before + _BEGIN, *head, *rows.values(), _END + after])


def _named(row: str) -> str:
    return row.split("|")[1].strip()


def _table(figures: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("what", "figure", "unit", "baseline", "", "ratio", "target", ""):
        table.add_column(heading, justify="right" if heading in {"figure", "baseline", "ratio"} else "left")
    for one in figures:
        table.add_row(
            one["name"],
            f"{one['value']:,.1f}",
            one["unit"],
            f"{one['baseline']:,.1f}",
            one["baseline_name"],
            f"{one['ratio']:.2f}",
            one["target"],
            "[green]met" if one["met"] else "[red]missed",
        )
    return table
