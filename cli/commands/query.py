"""`atalaya query`: SQL on the platform's databases and on the lakehouse, read-only."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def query(
    engine: Annotated[str, typer.Argument(help="operations, platform, warehouse, mlflow or lakehouse.")],
    sql: Annotated[str, typer.Argument(help="One statement: 'select count(*) from silver.transactions'.")],
) -> None:
    """Print the rows as tab-separated lines."""
    from cli.flow.engines import ask
    from contracts.settings import load_settings

    for row in ask(load_settings(), engine, sql):
        typer.echo("\t".join("" if value is None else str(value) for value in row))
