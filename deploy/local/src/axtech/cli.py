"""The `axtech` command. A new command is a new module in `axtech.commands` with `commands = typer.Typer(...)`.

A Typer with a name (`typer.Typer(name="dlq")`) becomes a group, one without adds its commands to the top. Modules are
imported at every call: import what is slow inside the functions.
"""

import importlib
import pkgutil

import typer

from axtech import commands

app = typer.Typer(
    name="axtech",
    help="The AX TECH platform on one machine, and its operations.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda module: module.name):
    module = importlib.import_module(f"{commands.__name__}.{found.name}")
    if isinstance(found_commands := getattr(module, "commands", None), typer.Typer):
        app.add_typer(found_commands)
