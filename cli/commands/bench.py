"""`atalaya bench`: a benchmark of `tests/bench`, written down as JSON and as a table."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which; without it, the list.")] = "",
    runs: Annotated[int, typer.Option(help="How often to measure.", min=1)] = 3,
) -> None:
    """Run tests/bench/bench_NAME.py and write docs/benchmarks/NAME.json and NAME.md."""
    from cli.benchmarks import available, measure, write
    from cli.console import console
    from contracts.errors import NotFoundError
    from contracts.settings import load_settings

    if not name:
        console.print("\n".join(available()))
        return
    if name not in available():
        raise NotFoundError(f"No benchmark named {name!r}.", hint=f"There are: {', '.join(available())}.")
    result = measure(load_settings(), name, runs)
    for path in write(result):
        console.print(str(path))
