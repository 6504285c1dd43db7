"""`atalaya import`: other people's history, by the same tables and topics as everything else."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)

_DAY = ["%Y-%m-%d"]


@app.callback()
def _about() -> None:
    """Bring somebody's history into the platform."""


@app.command()
def transactions(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8, or a Parquet file.")],
    mapping: Annotated[str, typer.Option("--mapping", help="A mapping file, or the name of an included one.")],
    start: Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Day after the last one.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows, the earliest.")] = None,
) -> None:
    """Import transactions and their fraud labels; importing them again adds nothing."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from cli.console import console
    from contracts.settings import load_settings
    from sources.importing import import_transactions

    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("reading and checking", total=None)
        summary = import_transactions(
            load_settings(),
            file,
            mapping,
            start=start.date() if start else None,
            end=end.date() if end else None,
            limit=limit,
            progress=lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
    console.print(
        f"{summary.selected:,} of {summary.read:,} rows selected: {summary.inserted['account_transactions']:,} new, "
        f"{summary.present:,} already there, {summary.rejected:,} rejected; {summary.inserted['transaction_disputes']:,} labels "
        f"({summary.labels_pending:,} not known yet), in {summary.seconds:.0f} s."
    )
    if summary.rejects_file:
        console.print(f"Rejected rows, with field and reason: {summary.rejects_file}")
