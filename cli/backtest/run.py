"""A backtest from its question to its file: replay, compare, keep."""

from __future__ import annotations

import fcntl
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.backtest import history
from cli.backtest.candidate import Candidate, active, load_model, tried
from cli.backtest.comparison import compare, controlled
from cli.backtest.decided import Known, beside, read_known
from cli.backtest.job import run_job
from cli.backtest.models import judge
from cli.backtest.movements import Movement, MovementKey
from cli.backtest.plan import Plan
from cli.backtest.topics import open_topics
from cli.flow.journal import Journal
from contracts.errors import ConfigurationError, InvalidInputError
from contracts.settings import Settings
from deploy.local.layout import logs
from deploy.local.stack import require
from pipelines.lakehouse.catalog import Lake, open_lake
from streaming.replay import Replay
from streaming.trial import refusal

Json = dict[str, Any]


def backtest(settings: Settings, plan: Plan, console: Console, now: datetime) -> Path:
    """The file of the result. Live topics, decisions and stores are not touched.

    Raises ConfigurationError when no stack runs or another backtest does, InvalidInputError for a candidate that cannot
    be tried, NotFoundError for an interval without movements, StepFailedError for a replay that fails.
    """
    plan.check()
    require(settings)
    with _alone(folder_of(settings)), open_lake(settings) as lake:
        candidate = tried(settings, plan.rules, plan.model)
        known = read_known(lake, plan.start, plan.end)
        span = history.span_of(lake, plan.start - plan.warm_up, plan.start, plan.end)
        replays = Replays(settings, lake, span, known, Journal(console, logs(settings)))
        document: Json = {
            "interval": {"from": plan.start, "to": plan.end, "warm_up": str(plan.warm_up)},
            "candidate": {"rules": [str(path) for path in plan.rules], "model": plan.model or None},
            "replayed_movements": span.movements,
            "decided_movements": len(known),
        }
        if plan.control:
            document["control"] = asdict(controlled(replays.run(active(settings), "control", "what is active")))
        if plan.rules or plan.model:
            document |= _compared(replays.run(candidate, "candidate", "the candidate"), active(settings), candidate)
        document["seconds"] = replays.journal.seconds
    return _keep(folder_of(settings), document, now)


def folder_of(settings: Settings) -> Path:
    """Where results lie."""
    return settings.state / "backtests"


class Replays:
    """Runs candidates over one span."""

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        span: history.Span,
        known: dict[MovementKey, Known],
        journal: Journal,
    ) -> None:
        self._settings = settings
        self._lake = lake
        self._span = span
        self._known = known
        self.journal = journal

    def run(self, candidate: Candidate, step: str, title: str) -> list[Movement]:
        """The decided movements with what the candidate decides on each; its folder and topics are gone afterwards."""
        name = f"backtest-{uuid.uuid4().hex[:12]}"
        folder = folder_of(self._settings) / name
        replay = Replay(name, str(folder))
        folder.mkdir(parents=True)
        try:
            replay.rules_file.write_text(candidate.rules, encoding="utf-8")
            if candidate.model is not None:
                replay.model_file.write_bytes(candidate.model)
            if reason := refusal(self._settings, replay.configuration(self._settings)):
                raise InvalidInputError(f"the kernel refuses it: {reason}", field="rules")
            return self._replay(replay, step, title)
        finally:
            shutil.rmtree(folder)

    def _replay(self, replay: Replay, step: str, title: str) -> list[Movement]:
        with open_topics(self._settings, replay) as topics:
            with self.journal.step(f"{step}_events", f"Read the events again for {title}") as report:
                report(0.1, "labels")
                topics.fill("labels", history.labels(self._lake, self._span))
                report(0.2, f"{self._span.movements:,} movements")
                topics.fill("movements", history.movements(self._lake, self._span))
            with self.journal.step(f"{step}_decides", f"Decide by {title}") as report:
                run_job(self._settings, replay, topics, self._span.movements, report)
            with self.journal.step(f"{step}_compared", "Read what it decided") as report:
                return beside(self._known, topics.read("scores"))


def _compared(movements: list[Movement], current: Candidate, candidate: Candidate) -> Json:
    document: Json = {"comparison": asdict(compare(movements, rule_ids(candidate.rules)))}
    models: Json = {}
    if candidate.model is not None:
        models["tried"] = judge([(row, row.tried) for row in movements], load_model(candidate.model))
    if current.model is not None:
        champion = load_model(current.model)
        scored = [(row, row.decided) for row in movements if row.decided.versions[:1] == (champion.version,)]
        models["decided"] = judge(scored, champion)
    return {**document, "models": models}


def rule_ids(compiled: str) -> list[str]:
    """Every rule of a kernel's file, in its order."""
    return [rule["id"] for pack in json.loads(compiled)["packs"].values() for rule in pack["rules"]]


def _keep(folder: Path, document: Json, now: datetime) -> Path:
    file = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(document, indent=1, default=str, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backtest at a time: two would share one slot and the memory of live decisions."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError("Another backtest is running.", hint="Wait until it has ended.") from error
        yield
