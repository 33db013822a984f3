"""`documents check|write`: what is generated under `docs/`."""

import typer

from axtech.console import err, fail, out

commands = typer.Typer(name="documents", help="OpenAPI, AsyncAPI and the map of events.", no_args_is_help=True)


@commands.command()
def check() -> None:
    """Fail when a generated document is not what the code says."""
    from axtech import documents

    with err.status("comparing"):
        stale = documents.differences()
    if stale:
        fail(f"Out of date, run `make documents`: {', '.join(stale)}")
    out.print("The documents are what the code says")


@commands.command()
def write() -> None:
    """Write them anew."""
    from axtech import documents

    with err.status("writing"):
        changed = documents.write()
    out.print("\n".join(changed) if changed else "Nothing changed")
