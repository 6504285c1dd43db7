"""`atalaya open`: the web pages that run only when somebody wants them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

app = typer.Typer()


class Page(StrEnum):
    """A page that is started on demand."""

    MLFLOW = "mlflow"
    DAGSTER = "dagster"


@app.command()
def open_page(page: Annotated[Page, typer.Argument(help="Which page.")]) -> None:
    """Start MLflow's or Dagster's web page beside the running stack, and say where it is."""
    from cli.console import console
    from contracts.settings import load_settings
    from deploy.local.stack import want

    settings = load_settings()
    want(settings, page.value)
    console.print(settings.url(page.value))
