"""`atalaya import`: other people's history, by the same tables and topics as everything else, through to a model."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.errors import ConfigurationError

if TYPE_CHECKING:
    from cli.flow.journal import Journal
    from contracts.settings import Settings
    from sources.importing import ImportSummary

app = typer.Typer(no_args_is_help=True)

_DAY = ["%Y-%m-%d"]
# A line that is far behind has this long to move the import: two thousand rows a second were seen on two cores.
_LANDING_SECONDS = 3600


@app.callback()
def _about() -> None:
    """Bring somebody's history into the platform."""


@app.command()
def transactions(
    file: Annotated[Path, typer.Argument(help="A CSV file in UTF-8, or a Parquet file.")],
    mapping: Annotated[str, typer.Option("--mapping", help="A mapping file, or the name of an included one.")],
    start: Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day.")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Day after the last one.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many rows, the earliest.")] = None,
    load_only: Annotated[
        bool, typer.Option("--load-only", help="Write the rows; leave the rest to the schedules.")
    ] = False,
) -> None:
    """Import transactions and their fraud labels, score them, build the marts, retrain; twice adds nothing."""
    from cli.console import console
    from cli.demo.ground import keep_ground
    from cli.flow.journal import Journal
    from contracts.settings import load_settings
    from deploy.local.layout import logs
    from deploy.local.status import read_status
    from sources.importing import import_transactions

    settings = load_settings()
    if not load_only and read_status(settings) is None:
        raise ConfigurationError("Nothing runs that could take the rows further.", hint="Start it: ./atalaya up")
    keep_ground(settings)
    journal = Journal(console, logs(settings))
    with journal.step("import", "Read, check and write") as report:
        summary = import_transactions(
            settings,
            file,
            mapping,
            start=start.date() if start else None,
            end=end.date() if end else None,
            limit=limit,
            progress=lambda what, done, total: report(done / max(total, 1), f"{what} {done:,}/{total:,}"),
        )
    _tell(summary)
    if not load_only:
        _carry_through(settings, journal, summary.tenant)


def _tell(summary: ImportSummary) -> None:
    from cli.console import console

    console.print(
        f"{summary.selected:,} of {summary.read:,} rows selected: {summary.inserted['account_transactions']:,} new, "
        f"{summary.present:,} already there, {summary.rejected:,} rejected; {summary.inserted['transaction_disputes']:,} labels "
        f"({summary.labels_pending:,} not known yet)."
    )
    if summary.rejects_file:
        console.print(f"Rejected rows, with field and reason: {summary.rejects_file}")


def _carry_through(settings: Settings, journal: Journal, tenant: str) -> None:
    """What the demo does with its history: capture, score, land, then everything that stands on it."""
    from cli.flow.catch_up import catch_up
    from cli.flow.pipeline import open_runner

    with open_runner(settings) as runner:
        with journal.step("import_lands", "Capture, score and land") as report:
            catch_up(settings, report, timeout_seconds=_LANDING_SECONDS)
        with journal.step("import_main_line", "Build silver, features, models, marts, reports") as report:
            runner.run("main_line", journal.log_of("import_main_line"), report)
    _show(settings, tenant)


def _show(settings: Settings, tenant: str) -> None:
    """Where the imported rows arrived, and the model that learned from them."""
    from cli.console import console
    from cli.flow.engines import open_engines
    from ml.governance.promotion import PASSED, approval_command

    with open_engines(settings) as engines:
        decided, scored = engines.ask(
            "lakehouse", "select count(*), count(score) from silver.decisions where tenant_id = ?", [tenant]
        )[0]
        models = engines.ask(
            "mlflow",
            "select v.name, v.version, t.value, a.version is not null from model_versions v"
            " left join tags t on t.run_uuid = v.run_id and t.key = 'gate'"
            " left join registered_model_aliases a on a.name = v.name and a.version = v.version and a.alias = 'champion'"
            " where (v.name, v.version) in (select name, max(version) from model_versions group by name) order by 1",
        )
    console.print(f"{decided:,} movements decided, {scored:,} of them with a model's score.")
    for name, version, gate, served in models:
        console.print(f"Model {name}: version {version} trained, gate {gate}{', champion' if served else ''}.")
        if gate == PASSED and not served:
            console.print(f"It awaits approval: {approval_command(name, version)}", highlight=False, markup=False)
