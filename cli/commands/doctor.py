"""`atalaya doctor`: what this machine has, and what it lacks."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def doctor() -> None:
    """Check Python, disk, memory, certificates, ports and the two package sources; exit code 1 when one fails."""
    from cli.console import console
    from cli.diagnosis import diagnose
    from contracts.settings import load_settings

    findings = diagnose(load_settings())
    for finding in findings:
        mark = "[green]ok [/]" if finding.good else "[red]bad[/]"
        console.print(f"{mark} {finding.what:14} {finding.found}", highlight=False)
        if not finding.good:
            console.print(f"    {finding.cure}", highlight=False, markup=False)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)
