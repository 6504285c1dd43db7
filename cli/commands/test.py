"""`atalaya test`: the tests, as CI runs them."""

from __future__ import annotations

from collections.abc import Iterator
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
_ALONE = {f"tests/{one}" for one in (Kind.E2E, Kind.DRILLS)}
# Passed, and pytest's word for "nothing was selected here", which -k does to one of two rounds.
_FINE = {0, 5}


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(help="unit, integration, e2e or drills; without it, what CI runs.")] = "all",
) -> None:
    """Run the tests; further arguments go to pytest (`./atalaya test unit -k outbox`, `-n 0` for one process)."""
    import subprocess
    import sys

    from cli.stack import fetch_parts
    from contracts.errors import NotFoundError
    from contracts.settings import PROJECT, load_settings

    settings = load_settings()
    given = [kind, *context.args]
    kinds, arguments = ((Kind(kind),), given[1:]) if kind in set(Kind) else ((Kind.ALL,), given)
    folders = [f"tests/{one}" for one in (_CI if kinds == (Kind.ALL,) else kinds)]
    present = [folder for folder in folders if (PROJECT / folder).is_dir()]
    if not present:
        raise NotFoundError(f"There are no tests in {', '.join(folders)}.")
    if kinds != (Kind.UNIT,):
        fetch_parts(settings)
    codes = [
        subprocess.run([sys.executable, "-m", "pytest", *round_, *arguments], cwd=PROJECT, check=False).returncode
        for round_ in _rounds(present)
    ]
    raise typer.Exit(next((code for code in codes if code not in _FINE), 0 if 0 in codes else max(codes)))


def _rounds(folders: list[str]) -> Iterator[list[str]]:
    """Engines start slowly and wait a lot: two files side by side on two cores. The whole platform runs alone."""
    beside = [folder for folder in folders if folder not in _ALONE]
    if beside:
        yield ["-n", "2", "--dist", "loadfile", *beside]
    for folder in folders:
        if folder in _ALONE:
            yield [folder]
