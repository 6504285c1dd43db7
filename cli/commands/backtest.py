"""`atalaya backtest`: history through the live job again, compared with what was decided."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()

_DAY = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@app.command()
def backtest(
    start: Annotated[datetime, typer.Option("--from", help="First business time to compare, UTC.", formats=_DAY)],
    end: Annotated[datetime, typer.Option("--to", help="End of it, itself excluded.", formats=_DAY)],
    rules: Annotated[
        list[Path] | None, typer.Option(help="A rule pack to try in place of its jurisdiction's; several times.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="A fraud model to try: an ONNX file, or the number of a version in MLflow.")
    ] = "",
    control: Annotated[
        bool, typer.Option("--control", help="Replay what is active too, and count what equals what was decided.")
    ] = False,
    warm_up: Annotated[
        str, typer.Option(help="Replay so much before --from, as in 90d; as far as windows reach by default.")
    ] = "",
) -> None:
    """Try rules or a model on history: caught, missed, false alarms and money, beside what was decided."""
    import json
    from datetime import UTC

    from cli.backtest.plan import Plan, declared_warm_up
    from cli.backtest.run import backtest as run
    from cli.backtest.tables import show
    from cli.console import console
    from contracts.durations import parse_duration
    from contracts.settings import load_settings

    plan = Plan(
        start=start.replace(tzinfo=UTC),
        end=end.replace(tzinfo=UTC),
        rules=tuple(rules or ()),
        model=model,
        warm_up=parse_duration(warm_up) if warm_up else declared_warm_up(),
        control=control,
    )
    result = run(load_settings(), plan, console, datetime.now(UTC))
    show(json.loads(result.read_text(encoding="utf-8")), console)
    console.print(f"All of it: {result}")
