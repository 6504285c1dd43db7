"""`atalaya demo`: the whole line on an empty machine, and a table of what happened."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def demo(
    size: Annotated[
        str,
        typer.Option(
            help="tiny, small (about 50,000 movements), medium (1,000,000: half an hour, 14 GiB of memory), or a number of movements."
        ),
    ] = "small",
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything running.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people and the same planted cases.")] = 7,
    rate: Annotated[float, typer.Option(help="Live transactions a second.")] = 200,
    live_seconds: Annotated[float, typer.Option(help="How long live traffic runs.")] = 30,
) -> None:
    """Play the whole line: history, landing, models, live scoring, reports; print what happened."""
    import json

    from cli.console import console
    from cli.demo.ground import clear_ground
    from cli.demo.outcome import show
    from cli.demo.room import make_room
    from cli.demo.story import Plan, play
    from cli.stack import links
    from contracts.settings import load_settings
    from deploy.local.stack import stop
    from deploy.local.status import read_status

    settings = make_room(load_settings(), size)
    # Refused before anything is touched: a demo ends only the stack that it started.
    clear_ground(settings)
    try:
        result = play(settings, Plan(size, seed, rate, live_seconds), console)
        show(json.loads(result.read_text(encoding="utf-8")), console)
        console.print(f"Every figure with its query: {result}")
        if keep and (status := read_status(settings)) is not None:
            for name, address in links(settings, status).items():
                console.print(f"{name:10} {address}")
    finally:
        if not keep and read_status(settings) is not None:
            stop(settings)
