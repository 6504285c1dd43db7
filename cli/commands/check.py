"""`atalaya check`: the style, type and border checks that pre-commit runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer()


class Check(StrEnum):
    """One check; `all` is what a change has to pass."""

    ALL = "all"
    RUFF = "ruff"
    FORMAT = "format"
    MYPY = "mypy"
    BORDERS = "borders"
    SQL = "sql"


_TOOLS = {
    Check.RUFF: ("ruff", "check", "."),
    Check.FORMAT: ("ruff", "format", "--check", "."),
    Check.MYPY: ("mypy", "."),
    Check.BORDERS: ("lint-imports",),
    Check.SQL: ("sqlfluff", "lint", "dbt_project/models", "dbt_project/tests"),
}


@app.command()
def check(what: Annotated[Check, typer.Argument(help="One check; without it, all.")] = Check.ALL) -> None:
    """Check style, types, import borders and SQL; exit code 1 when one finds something."""
    import subprocess
    import sys
    from pathlib import Path

    from cli.console import console
    from contracts.settings import PROJECT

    failed = []
    for one, (tool, *arguments) in _TOOLS.items():
        if what in {Check.ALL, one}:
            console.print(f"[bold]{one.value}[/]")
            program = Path(sys.executable).with_name(tool)
            if subprocess.run([program, *arguments], cwd=PROJECT, check=False).returncode:
                failed.append(one.value)
    if failed:
        console.print(f"[bold red]failed[/] {', '.join(failed)}")
        raise typer.Exit(1)
