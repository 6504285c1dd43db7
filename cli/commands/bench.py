"""`atalaya bench`: a benchmark of `tests/bench`, written down as JSON and as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which; without it, the list.")] = "",
    runs: Annotated[int | None, typer.Option(help="How often to measure; as the benchmark says, or 3.", min=1)] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Only show that it works; written below the state.")] = False,
    described_by: Annotated[
        Path | None,
        typer.Option("--set", help="A file that describes other data; written below the state.", exists=True),
    ] = None,
) -> None:
    """Run tests/bench/bench_NAME.py and write docs/benchmarks/NAME.json and NAME.md."""
    from cli.benchmarks import RESULTS, available, measure, write
    from cli.console import console
    from contracts.errors import NotFoundError
    from contracts.settings import load_settings

    if not name:
        console.print("\n".join(available()))
        return
    if name not in available():
        raise NotFoundError(f"No benchmark named {name!r}.", hint=f"There are: {', '.join(available())}.")
    settings = load_settings()
    result = measure(
        settings,
        name,
        runs,
        quick=quick,
        described_by=described_by,
        tell=lambda figure, found: console.print(f"{figure}: {found.value:.6g} {found.unit}"),
    )
    # Figures of a quick run, or of somebody's own data, are no figures to compare with.
    own = quick or described_by is not None
    for path in write(result, settings.state / "benchmarks" if own else RESULTS):
        console.print(str(path))
