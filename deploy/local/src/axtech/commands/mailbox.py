"""`mailbox`: what was sent."""

from typing import Annotated

import typer
from rich.table import Table

from axtech.console import fail, out, print_json

commands = typer.Typer()


@commands.command()
def mailbox(
    to: Annotated[str | None, typer.Option(help="Only what went to this address or number.")] = None,
    json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
) -> None:
    """Show the mails and messages that were sent, oldest first."""
    import httpx

    from axtech.stack.running import places

    url = places().url("mailbox")
    try:
        answer = httpx.get(f"{url}/messages", params={"to": to} if to else {}, timeout=10, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        fail(f"The mailbox at {url} does not answer ({type(error).__name__}): is the stack up?")
    messages = answer.json()
    if json:
        print_json(messages)
        return
    table = Table("sent", "channel", "to", "subject or text", "link", box=None, pad_edge=False)
    for message in messages:
        table.add_row(
            message["sentAt"],
            message["channel"],
            message["to"],
            message["subject"] or message["text"],
            "\n".join(message["links"]),
        )
    out.print(table if messages else "Nothing was sent")
