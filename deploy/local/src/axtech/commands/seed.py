"""`seed`: accounts and a catalogue to start with."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from axtech.console import err, fail, out, print_json

commands = typer.Typer()


@commands.command()
def seed(json: Annotated[bool, typer.Option("--json", help="One object: staff and products.")] = False) -> None:
    """Make one account for each staff role and a small catalogue; safe to repeat."""
    import httpx

    from axtech.demo.api import Refused
    from axtech.seeding import seed as seed_all
    from axtech.stack.running import places

    try:
        with err.status("seeding"):
            made = asyncio.run(seed_all(places(), lambda text: err.print(f"[yellow]{text}")))
    except (Refused, RuntimeError) as error:
        fail(str(error))
    except httpx.HTTPError as error:
        fail(f"The gateway does not answer ({type(error).__name__}): is the stack up?")
    if json:
        print_json(made)
        return
    table = Table("role", "e-mail", "password", "TOTP secret", box=None, pad_edge=False)
    for account in made["staff"]:
        table.add_row(account["role"], account["email"], account["password"], account["totpSecret"])
    out.print(table)
    out.print()
    for product in made["products"]:
        out.print(f"{product['sku']}  {product['name']}")
