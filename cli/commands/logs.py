"""`atalaya logs`: what the services wrote."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def logs(
    service: Annotated[str, typer.Argument(help="One service; without it, the files and their sizes.")] = "",
    lines: Annotated[int, typer.Option("--lines", "-n")] = 40,
    follow: Annotated[bool, typer.Option("--follow", "-f")] = False,
) -> None:
    """Show the end of a service's log, or which logs there are."""
    import time

    from cli.console import console
    from contracts.errors import NotFoundError
    from contracts.settings import load_settings
    from deploy.local.layout import logs as log_folder
    from deploy.local.logfiles import tail

    folder = log_folder(load_settings())
    if not service:
        for path in sorted(folder.glob("*.log")):
            console.print(f"{path.stem:12} {path.stat().st_size / 1000:10.0f} kB  {path}")
        return
    path = folder / f"{service}.log"
    if not path.exists():
        raise NotFoundError(f"There is no log {path}.", hint="'./atalaya logs' lists them.")
    for line in tail(path, lines):
        typer.echo(line)
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, 2)
        while follow:
            typer.echo(file.read(), nl=False)
            time.sleep(0.5)
