"""`atalaya model`: what is registered, who let it be served, and the way forward and back."""

from __future__ import annotations

from typing import Annotated

import typer

from contracts.models import ModelName

app = typer.Typer(no_args_is_help=True, help="Registered models: approve one, go back, look back, make one again.")

Model = Annotated[ModelName, typer.Argument(help="The model.")]
Number = Annotated[str, typer.Argument(help="The version's number in the registry.")]
By = Annotated[str, typer.Option(help="Who decides: a person's name.")]
Reason = Annotated[str, typer.Option(help="Why, in a line.")]


@app.command(name="list")
def list_versions(model: Model) -> None:
    """List registered versions: what their gate said, and which is champion, challenger or waits for approval."""
    from cli.models.listing import list_versions as lines
    from contracts.settings import load_settings

    typer.echo("\n".join(lines(load_settings(), model)))


@app.command()
def approve(model: Model, number: Number, by: By, reason: Reason) -> None:
    """Publish a version that passed its gate and make it champion; repeat it to complete what a crash left half way."""
    from contracts.settings import load_settings
    from ml.governance.promotion import Statement
    from ml.governance.succession import open_succession

    statement = Statement(by, reason)
    with open_succession(load_settings(), model) as succession:
        promotion = succession.approve(number, statement)
    typer.echo(f"Version {promotion.number} of {model} is the champion: {promotion.told()}")


@app.command()
def rollback(
    model: Model,
    by: By,
    reason: Reason,
    to: Annotated[str, typer.Option(help="A former champion's number; by default the one before the present.")] = "",
) -> None:
    """Publish the champion of before again; repeat it to complete what a crash left half way."""
    from contracts.settings import load_settings
    from ml.governance.promotion import Statement
    from ml.governance.succession import open_succession

    statement = Statement(by, reason)
    with open_succession(load_settings(), model) as succession:
        promotion = succession.roll_back(statement, to or None)
    typer.echo(f"Version {promotion.number} of {model} is the champion: {promotion.told()}")


@app.command()
def history(model: Model) -> None:
    """Tell every promotion and rollback, oldest first, with who decided and why."""
    from cli.models.listing import list_history
    from contracts.settings import load_settings

    typer.echo("\n".join(list_history(load_settings(), model)))


@app.command()
def reproduce(model: Model, number: Number) -> None:
    """Train a version again from what its run recorded; exit code 1 and what differs where the bytes are not the same."""
    from cli.models.reproduction import reproduce as again
    from contracts.settings import load_settings

    if not again(load_settings(), model, number, typer.echo):
        raise typer.Exit(1)


@app.command()
def nominate(model: Model, number: Number) -> None:
    """Score a version in the champion's shadow: each decision logs its score and is made without it. The job scores fraud."""
    from contracts.settings import load_settings
    from ml.governance.shadow import nominate as begin

    begin(load_settings(), model, number)
    typer.echo(f"Version {number} of {model} is the challenger.")


@app.command()
def reject(model: Model) -> None:
    """Leave the champion without a challenger; the version stays registered."""
    from contracts.settings import load_settings
    from ml.governance.shadow import reject as end

    end(load_settings(), model)
    typer.echo(f"{model} has no challenger.")


@app.command()
def follow(model: Model) -> None:
    """Make what is served what was decided: the champion of the history, the challenger that MLflow's alias names."""
    from contracts.settings import load_settings
    from ml.governance.shadow import follow as take_up
    from ml.governance.succession import open_succession

    settings = load_settings()
    with open_succession(settings, model) as succession:
        champion = succession.complete()
    number = take_up(settings, model)
    typer.echo(
        f"{model} has no champion." if champion is None else f"Champion is version {champion.number} of {model}."
    )
    typer.echo(f"{model} has no challenger." if number is None else f"Challenger is version {number} of {model}.")
