"""Live traffic at a chosen rate: due times come from a schedule, so that a slow moment is caught up and not forgotten."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from contracts.errors import InvalidInputError, TransientError
from contracts.settings import Settings
from sources.workload.columns import Floats
from sources.workload.live.actions import Action
from sources.workload.live.lanes import Committed, open_lanes
from sources.workload.live.plan import plan_block
from sources.workload.live.plants import holder
from sources.workload.live.pool import Pool, read_pool
from sources.workload.live.pulses import beating
from sources.workload.population import UNIONS
from sources.workload.streams import stream
from sources.workload.truth import append_live_truth

BLOCK = 12_000

# Movements committed so far, movements in all.
Progress = Callable[[int, int], None]


@dataclass
class LiveSummary:
    """What a live run wrote; `late_ms` says how far behind its due time a movement was committed."""

    rows: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)
    planted: dict[str, int] = field(default_factory=dict)
    movements: int = 0
    seconds: float = 0.0
    late_ms: dict[str, float] = field(default_factory=dict)
    started_at: str = ""
    ended_at: str = ""
    truth_file: str = ""


@dataclass(frozen=True)
class Clock:
    """Time as the traffic sees it; tests bring their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def run_live(  # noqa: PLR0913 - what a caller may choose
    settings: Settings,
    *,
    rate: float,
    seed: int,
    seconds: float | None = None,
    count: int | None = None,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    clock: Clock | None = None,
) -> LiveSummary:
    """Write `rate` movements a second for some seconds, or `count` of them, until `stop` is set at the latest.

    Raises ConfigurationError without a history to continue, TransientError when the database goes away.
    """
    if rate <= 0 or (seconds is None) == (count is None):
        raise InvalidInputError("needs a positive rate, and either seconds or a count", field="rate")
    total = count if count is not None else max(1, round(rate * float(seconds or 0)))
    traffic = LiveTraffic(settings, seed, clock or Clock())
    try:
        return traffic.run(rate, total, progress or (lambda _done, _total: None), stop or threading.Event())
    except psycopg.OperationalError as error:
        raise TransientError(f"The operational database went away: {error}.") from error


class LiveTraffic:
    """One run: plans blocks of traffic and commits each action when it is due."""

    def __init__(self, settings: Settings, seed: int, clock: Clock) -> None:
        self._settings = settings
        self._seed = seed
        self._clock = clock
        self._late: list[float] = []
        self._cases: dict[str, set[str]] = {}
        self._planted: Counter[str] = Counter()

    def run(self, rate: float, total: int, progress: Progress, stop: threading.Event) -> LiveSummary:
        """Commit `total` movements."""
        started = self._clock.now()
        run = np.base_repr(int(started.timestamp() * 1000), 36).lower()
        truth = self._settings.truth_directory / f"live-{run}.jsonl"
        pool = read_pool(self._settings, [code for code, _, _ in UNIONS], started, min(total, BLOCK))
        schedule = self._schedule(rate, total, run, pool)
        first = next(schedule)  # a block is planned before the clock starts
        begin, done = self._clock.monotonic(), 0
        with (
            beating(self._settings, self._seed, self._clock.now) as pulses,
            open_lanes(self._settings, run, lambda: (self._clock.now(), self._clock.monotonic())) as lanes,
        ):
            for number, (action, after) in enumerate(chain([first], schedule), start=1):
                self._await(begin + after)
                if stop.is_set():
                    break
                for committed in lanes.give(action, number, begin + after):
                    done += self._note(committed, truth)
                    progress(done, total)
            for committed in lanes.drain():
                done += self._note(committed, truth)
                progress(done, total)
        return self._summary(lanes.rows + pulses, started, done, begin, truth)

    def _schedule(self, rate: float, total: int, run: str, pool: Pool) -> Iterator[tuple[Action, float]]:
        """The actions in their order, each with the seconds after the beginning when it is due."""
        planned = 0
        for block in range(-(-total // BLOCK)):
            actions = plan_block(self._seed, block, run, pool, min(BLOCK, total - planned))
            places = (planned + self._arrivals(block, actions)) / rate
            yield from zip(actions, places.tolist(), strict=True)
            planned += sum(action.weight for action in actions)

    def _await(self, due: float) -> None:
        ahead = due - self._clock.monotonic()
        if ahead > 0:
            self._clock.sleep(ahead)

    def _arrivals(self, block: int, actions: list[Action]) -> Floats:
        """When each action is due, counted in movements: people do not arrive evenly."""
        gaps = stream(self._seed, "arrivals", str(block)).exponential(1.0, len(actions))
        places: Floats = np.cumsum(gaps) / gaps.sum() * sum(action.weight for action in actions)
        return places

    def _note(self, committed: Committed, truth: Path) -> int:
        """Keep what is to be known of a committed action; how many movements it made."""
        action = committed.action
        self._late.append(committed.late)
        if action.kind is not None and action.case is not None:
            self._planted[action.kind] += action.weight
            self._cases.setdefault(action.kind, set()).add(action.case)
            rows = [_truth(action, row, committed.transaction_id, committed.at) for row in action.rows]
            append_live_truth(truth, rows)
        return action.weight

    def _summary(self, rows: Counter[str], started: datetime, done: int, begin: float, truth: Path) -> LiveSummary:
        late = np.array(self._late or [0.0]) * 1000
        return LiveSummary(
            rows=dict(rows),
            cases={kind: len(cases) for kind, cases in sorted(self._cases.items())},
            planted=dict(self._planted),
            movements=done,
            seconds=self._clock.monotonic() - begin,
            late_ms={f"p{share}": round(float(np.percentile(late, share)), 1) for share in (50, 99)},
            started_at=started.isoformat(),
            ended_at=self._clock.now().isoformat(),
            truth_file=str(truth),
        )


def _truth(action: Action, row: dict[str, Any], transaction_id: str, now: datetime) -> dict[str, Any]:
    return {
        "origin": "live",
        "app": "finflow" if action.step == "payment" else "diasporacore",
        "kind": action.kind,
        "case_id": action.case,
        "transaction_id": transaction_id,
        "leg": row.get("leg", "debit"),
        "attempt": 1,
        "account_id": holder(row),
        "party_id": row["customer_id"],
        "amount": float(row["amount"]),
        "currency": row["currency"],
        "occurred_at": now.isoformat(),
        "known_at": None,
    }
