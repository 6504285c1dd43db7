"""`atalaya up`: start the stack and leave it running."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()

# Its daemon is what looks at the schedules. Half a gigabyte: a stack that is only tried out goes without.
_SCHEDULER = "dagster"


@app.command()
def up(
    only: Annotated[str, typer.Option(help="Services, separated by commas; what they need comes along.")] = "",
    schedules: Annotated[
        bool, typer.Option("--schedules", help="Run Dagster too: hourly refresh, nightly training, daily filing.")
    ] = False,
) -> None:
    """Start the stack and return when every part has done its work once."""
    from cli.console import console
    from cli.demo.ground import keep_ground
    from cli.stack import bring_up, links, services_table
    from contracts.settings import load_settings
    from deploy.local.stack import require, want

    settings = load_settings()
    keep_ground(settings)
    started = bring_up(settings, [name for name in only.split(",") if name])
    if schedules:
        want(settings, _SCHEDULER)
    status = require(settings)
    console.print(services_table(status))
    console.print(f"ready in {started.start_seconds:.1f} s; data and logs are in {settings.state}")
    for name, address in links(settings, status).items():
        console.print(f"{name:10} {address}")
