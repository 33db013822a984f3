"""`bench NAME`: what is measured, as a table and as JSON."""

import json
import subprocess
import sys
from typing import Annotated, Any

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json
from axtech.project import ROOT, home

commands = typer.Typer()


@commands.command()
def bench(
    name: Annotated[str, typer.Argument(help="A benchmark, or `all`.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
) -> None:
    """Measure, each figure beside a bare baseline of the same run; also written to `bench.json` in the home folder."""
    wanted = [] if name == "all" else [name]
    with err.status(f"measuring {name}"):
        done = subprocess.run(
            [sys.executable, "-m", "bench.run", *wanted], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode != 0:
        fail(f"The benchmark {name} did not come to its end")
    figures = json.loads(done.stdout)
    home().mkdir(parents=True, exist_ok=True)
    (home() / "bench.json").write_text(done.stdout)
    if as_json:
        print_json(figures)
    else:
        out.print(_table(figures))
    if not all(figure["met"] for figure in figures):
        err.print("[yellow]Not every target was met")


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
