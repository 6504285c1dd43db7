"""The verbs, found by file and imported on use, so that one verb's engines never slow another's start."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast

import typer
from typer.core import TyperCommand, TyperGroup

_COMMANDS = Path(__file__).parent / "commands"


class Verbs(TyperGroup):
    """The command group of all files in `cli/commands`."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002
        """Name every verb."""
        return sorted(path.stem.rstrip("_") for path in _COMMANDS.glob("*.py") if not path.stem.startswith("_"))

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:
        """Import the one module that the verb needs."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = cmd_name if (_COMMANDS / f"{cmd_name}.py").exists() else f"{cmd_name}_"
        found = typer.main.get_command(importlib.import_module(f"cli.commands.{module}").app)
        command = cast(TyperCommand | TyperGroup, found)
        command.name = cmd_name
        return command


_app = typer.Typer(cls=Verbs, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@_app.callback()
def _about() -> None:
    """Atalaya, the risk and compliance data platform for fintechs."""


verbs = typer.main.get_command(_app)
