"""`atalaya test`: the tests, as CI runs them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})


class Kind(StrEnum):
    """A folder of `tests`."""

    ALL = "all"
    UNIT = "unit"
    INTEGRATION = "integration"
    E2E = "e2e"
    DRILLS = "drills"


# What CI runs: drills break engines on purpose and take longer than anybody wants to wait on each change.
_CI = (Kind.UNIT, Kind.INTEGRATION, Kind.E2E)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="One kind; without it, what CI runs.")] = Kind.ALL,
) -> None:
    """Run the tests; further arguments go to pytest (`./atalaya test unit -k outbox`)."""
    import subprocess
    import sys

    from cli.stack import fetch_parts
    from contracts.errors import NotFoundError
    from contracts.settings import PROJECT, load_settings

    settings = load_settings()
    folders = [f"tests/{one}" for one in (_CI if kind is Kind.ALL else (kind,))]
    present = [folder for folder in folders if (PROJECT / folder).is_dir()]
    if not present:
        raise NotFoundError(f"There are no tests in {', '.join(folders)}.")
    if kind is not Kind.UNIT:
        fetch_parts(settings)
    command = [sys.executable, "-m", "pytest", *present, *context.args]
    raise typer.Exit(subprocess.run(command, cwd=PROJECT, check=False).returncode)
