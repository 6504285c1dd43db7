"""The order of the demo: stack, history, pipeline, live traffic, pipeline again, result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from cli.demo.callers import Callers, some_accounts
from cli.demo.figures import Figures
from cli.demo.measure import measure
from cli.flow.catch_up import catch_up
from cli.flow.engines import open_engines
from cli.flow.journal import Journal, Report
from cli.flow.pipeline import open_runner
from contracts.errors import TransientError
from contracts.settings import Settings

# The first run trains, the second takes what live traffic added.
WHOLE_LINE = "main_line"
REFRESH = "refresh"
RESULT = "demo.json"
_LIVE_SEED_OFFSET = 1
# Movements a second: two cores land 1,200 and more.
_SLOWEST_RATE = 300


@dataclass(frozen=True)
class Plan:
    """How large a demo is."""

    size: str
    seed: int
    rate: float
    live_seconds: float


def play(settings: Settings, plan: Plan, console: Console) -> Path:
    """Play the whole line; gives the file of the result. The stack keeps running.

    Raises StepFailedError, naming the step and its log, when one fails.
    """
    from deploy.local.layout import logs

    journal = Journal(console, logs(settings))
    with open_engines(settings) as engines:
        figures = Figures(engines.ask)
        _travel(settings, plan, journal, figures)
        with journal.step("measure", "Ask every figure of the result"):
            measure(figures, settings)
    return _write_result(settings, journal, figures)


def _travel(settings: Settings, plan: Plan, journal: Journal, figures: Figures) -> None:
    """From nothing to marts and reports that have the live traffic in them."""
    _start(settings, journal, figures)
    with open_runner(settings) as runner:
        with journal.step("history", "Write four months of history") as report:
            _write_history(settings, plan, report)
        with journal.step("history_lands", "Capture, score and land the history") as report:
            catch_up(settings, report, timeout_seconds=_patience(plan.size))
        with journal.step("main_line", "Build silver, features, models, marts, reports") as report:
            runner.run(WHOLE_LINE, journal.log_of("main_line"), report)
        with journal.step("live", f"Live traffic, {plan.rate:.0f} transactions a second") as report:
            _run_live(settings, plan, figures, report)
        with journal.step("live_lands", "Capture, score and land the live traffic") as report:
            catch_up(settings, report)
        with journal.step("refresh", "Refresh silver, marts and reports") as report:
            runner.run(REFRESH, journal.log_of("refresh"), report)


def _patience(size: str) -> float:
    """Seconds for a history to be captured and scored: what takes longer than this stands still."""
    from sources.workload.sizes import parse_size

    return max(600.0, parse_size(size).movements / _SLOWEST_RATE)


def _start(settings: Settings, journal: Journal, figures: Figures) -> None:
    """Downloads are timed apart: they depend on the network and happen once."""
    from cli.stack import fetch_parts
    from deploy.local.stack import start

    figures.measured("downloads_seconds", round(fetch_parts(settings), 1))
    with journal.step("stack", "Start the stack") as report:

        def ready_parts(status: object) -> None:
            parts = getattr(status, "parts", {}).values()
            done = [part for part in parts if part.state in {"ready", "absent"}]
            report(len(done) / max(len(parts), 1), f"{len(done)} of {len(parts)} ready")

        start(settings, (), ready_parts)


def _write_history(settings: Settings, plan: Plan, report: Report) -> None:
    from sources.workload.history import write_history

    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    write_history(
        settings,
        plan.size,
        plan.seed,
        now,
        lambda what, done, total: report(done / total, f"{what} {done:,}/{total:,}"),
    )


def _run_live(settings: Settings, plan: Plan, figures: Figures, report: Report) -> None:
    from sources.workload.live import run_live

    with Callers(settings, some_accounts(settings)) as callers:
        summary = run_live(
            settings,
            rate=plan.rate,
            seconds=plan.live_seconds,
            seed=plan.seed + _LIVE_SEED_OFFSET,
            progress=lambda done, total: report(done / max(total, 1), f"{done:,} of {total:,} movements"),
        )
    figures.measured("live/movements", summary.movements)
    figures.measured("live/movements_per_second", round(summary.movements / summary.seconds, 1))
    for told, count in sorted(callers.answers.items()):
        figures.measured(f"live/api_answers/{told}", count)
    if failed := sum(count for told, count in callers.answers.items() if told not in {"allow", "review", "decline"}):
        raise TransientError(f"{failed} calls of the API failed: {callers.answers}.")


def _write_result(settings: Settings, journal: Journal, figures: Figures) -> Path:
    from deploy.local.status import read_status

    status = read_status(settings)
    if status is None:
        raise TransientError("The stack ended while the demo ran.")
    figures.measured("seconds", journal.seconds | {"total": round(sum(journal.seconds.values()), 1)})
    figures.measured("peak_pss_gib", round(status.peak_pss_bytes / 2**30, 2))
    result = settings.state / RESULT
    document = {**figures.values, "queries": figures.queries}
    result.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return result
