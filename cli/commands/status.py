"""`atalaya status`: health and progress of the running stack."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="The same for a program.")] = False) -> None:
    """Show each service with its memory, and how far every reader is behind; exit code 3 when something is not ready."""
    import json

    from cli.console import console
    from cli.stack import links, services_table
    from contracts.settings import load_settings
    from deploy.local.memory import family_pss_bytes, stack_pss_bytes
    from deploy.local.progress import stack_progress
    from deploy.local.stack import require
    from deploy.local.status import State

    settings = load_settings()
    stack = require(settings)
    ready = {name for name, part in stack.parts.items() if part.state is State.READY}
    memory = {name: family_pss_bytes(part.pid) for name, part in stack.parts.items() if part.pid and name in ready}
    measures = stack_progress(settings, ready)
    if as_json:
        document = {
            "ready": stack.ready,
            "services": {name: part.state for name, part in stack.parts.items()},
            "pss_bytes": {**memory, "total": stack_pss_bytes(settings), "peak": stack.peak_pss_bytes},
            "progress": {measure.what: measure.value for measure in measures},
        }
        typer.echo(json.dumps(document, indent=1))
    else:
        console.print(services_table(stack, memory))
        for measure in measures:
            console.print(f"{measure.what:38} {measure.value}", highlight=False)
        used = stack_pss_bytes(settings) / 2**30
        console.print(f"memory {used:.2f} GiB PSS, peak {stack.peak_pss_bytes / 2**30:.2f} GiB")
        for name, address in links(settings, stack).items():
            console.print(f"{name:10} {address}")
    if not stack.ready:
        raise typer.Exit(3)
