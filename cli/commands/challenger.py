"""`atalaya challenger`: a registered version in the champion's shadow, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True, help="A registered model in the champion's shadow, and what becomes of it.")

Model = Annotated[Literal["fraud"], typer.Argument(help="The model; the job scores fraud.")]


@app.command()
def nominate(
    number: Annotated[str, typer.Argument(help="Its number in MLflow's registry.")], model: Model = "fraud"
) -> None:
    """Score a registered version beside the champion: each decision logs its score and is made without it."""
    from contracts.settings import load_settings
    from ml.governance.shadow import nominate as begin

    begin(load_settings(), model, number)
    typer.echo(f"Version {number} of {model} is the challenger.")


@app.command()
def promote(model: Model = "fraud") -> None:
    """Make the challenger champion."""
    from contracts.settings import load_settings
    from ml.governance.shadow import promote_challenger

    number = promote_challenger(load_settings(), model)
    typer.echo(f"Version {number} of {model} is the champion.")


@app.command()
def reject(model: Model = "fraud") -> None:
    """Leave the champion without a challenger; the version stays registered."""
    from contracts.settings import load_settings
    from ml.governance.shadow import reject as end

    end(load_settings(), model)
    typer.echo(f"{model} has no challenger.")


@app.command()
def follow(model: Model = "fraud") -> None:
    """Take up what the registry's alias `challenger` says, where it was moved on MLflow's page."""
    from contracts.settings import load_settings
    from ml.governance.shadow import follow as take_up

    number = take_up(load_settings(), model)
    typer.echo(f"{model} has no challenger." if number is None else f"Version {number} of {model} is the challenger.")
