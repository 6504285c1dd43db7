"""`atalaya query`: SQL on the platform's databases and on the lakehouse, read-only."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def query(
    engine: Annotated[str, typer.Argument(help="operations, platform, warehouse, mlflow or lakehouse.")],
    sql: Annotated[str, typer.Argument(help="One statement: 'select count(*) from silver.transactions'.")],
    as_of: Annotated[
        str,
        typer.Option(help="Read the lakehouse as it was at this instant: 2026-11-20T12:00:00Z.", show_default=False),
    ] = "",
) -> None:
    """Print the rows as tab-separated lines."""
    from cli.flow.engines import ask
    from contracts.settings import load_settings
    from pipelines.lakehouse.as_of import parse_moment

    for row in ask(load_settings(), engine, sql, parse_moment(as_of) if as_of else None):
        typer.echo("\t".join("" if value is None else str(value) for value in row))
