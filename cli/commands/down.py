"""`atalaya down`: end the stack; its data stay."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def down() -> None:
    """End the stack and every process that works for it; the data stay."""
    from cli.console import console
    from contracts.settings import load_settings
    from deploy.local.stack import stop

    settings = load_settings()
    console.print("stopped" if stop(settings) else f"no stack runs on {settings.state}")
