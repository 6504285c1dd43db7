"""What the decision job costs over a bare copy of the same bytes, and whether it says what the reference says.

Copy (Flink SQL, json format, the same fields in, the same bytes out) and job run in turn on one cluster, each to the end
of the same topic; a ratio is the job's rate over the copy's of the same turn, given as the median of the turns. Rates are
events a second of the TaskManager's processor, or of the wall where that is said. `..._warm` leaves out the first third of
each run: a job brings its classes with it, which are compiled anew each time.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from contracts.benchmarks import Figure
from contracts.errors import ConfigurationError
from contracts.settings import Settings
from deploy.local.parts import make_parts, to_fetch
from deploy.local.stack import start, stop
from deploy.local.status import read_status
from streaming.submit import write_rules
from tests.bench.streaming_charts import curves
from tests.bench.streaming_client import Bounded
from tests.bench.streaming_events import Traffic, messages
from tests.bench.streaming_model import publish, rules_of
from tests.bench.streaming_parity import compare
from tests.bench.streaming_rounds import Rig, Round, open_rig

# Every figure is made of rounds within one run.
RUNS = 1
BASELINES = {"ratio_decision": 0.15, "ratio_hot_account": 0.075, "parity_rows": 200_000, "parity_mismatches": 0}

SERVICES = ("kafka", "flink", "flink_task")

# More of everything that is hard than is asked for: the shares found are figures.
_HARD = Traffic(0, 0, hot_share=0.25, late_share=0.15, late_hours=12.0, tie_share=0.1, null_share=0.1)
_WARM = 1 / 3
_HOT_SHARE = 0.5


@dataclass(frozen=True)
class Extent:
    """How much is measured; curves are of `points` events."""

    rounds: int
    events: int
    accounts: int
    points: int
    parity: Traffic
    curve_accounts: tuple[int, ...]
    curve_rules: tuple[int, ...]
    history_accounts: int


FULL = Extent(
    rounds=5,
    events=1_000_000,
    accounts=100_000,
    points=400_000,
    parity=replace(_HARD, events=250_000, accounts=30_000, days=2400),
    curve_accounts=(1_000, 10_000, 100_000, 1_000_000),
    curve_rules=(0, 5, 15, 30, 60),
    history_accounts=100,
)
QUICK = Extent(
    rounds=1,
    events=20_000,
    accounts=1_000,
    points=5_000,
    parity=replace(_HARD, events=5_000, accounts=500, days=300),
    curve_accounts=(1_000,),
    curve_rules=(0, 15),
    history_accounts=100,
)


def measure(settings: Settings, *, quick: bool = False) -> Mapping[str, Figure]:
    """All of it on a state and ports of its own; `quick` only shows that it works, with figures of no worth."""
    own = Settings(
        home=settings.home, state=settings.home / "states" / "bench-streaming", port_base=settings.port_base + 700
    )
    if read_status(own) is not None:
        raise ConfigurationError(f"A stack runs on {own.state}.", hint="End it first.")
    shutil.rmtree(own.state, ignore_errors=True)
    make_parts(own, to_fetch(own))
    try:
        start(own, SERVICES)
        model = publish(own)
        with open_rig(own) as rig:
            return dict(_figures(Bench(own, rig), QUICK if quick else FULL, model))
    finally:
        stop(own)
        shutil.rmtree(own.state, ignore_errors=True)


def charts(figures: Mapping[str, Figure]) -> Mapping[str, str]:
    """SVG by file name."""
    return curves(figures)


class Bench:
    """Topics and jobs by numbers, so that nothing of one run is left for the next."""

    def __init__(self, settings: Settings, rig: Rig) -> None:
        self.rig = rig
        self.settings = settings
        self._numbers = count()

    def filled(self, traffic: Traffic) -> str:
        """A topic with that traffic."""
        name = f"bench.events.{next(self._numbers)}"
        self.rig.topics.create(name)
        self.rig.topics.fill(name, messages(traffic))
        return name

    def job(self, source: str) -> Bounded:
        """A job over a topic, with topics of its own to write to."""
        number = next(self._numbers)
        return Bounded(f"bench-{number}", source, f"bench.scores.{number}", f"bench.alerts.{number}")

    def run(self, bounded: Bounded, events: int, seen: Callable[[Bounded], None] | None = None) -> Round:
        """Run a job; `seen` may look at what it wrote before that is removed."""
        try:
            measured = self.rig.run(bounded, events)
            if seen is not None:
                seen(bounded)
        finally:
            self.rig.topics.remove(bounded.scores, bounded.alerts)
        return measured

    def weigh(self, bounded: Bounded, events: int) -> float:
        """Bytes written for each event read, by a run that also warms up."""
        found: list[float] = []

        def look(bounded: Bounded) -> None:
            found.append(self.rig.topics.weigh(bounded.scores, bounded.alerts).bytes / events)

        self.run(bounded, events, look)
        return found[0]


def _figures(bench: Bench, extent: Extent, model: bytes) -> Iterator[tuple[str, Figure]]:
    yield from _parity(bench, extent.parity, model)
    yield from _ratios(bench, extent)
    yield from _curves(bench, extent)


def _parity(bench: Bench, traffic: Traffic, model: bytes) -> Iterator[tuple[str, Figure]]:
    source = bench.filled(traffic)
    seen: list[list[bytes]] = []
    bench.run(
        replace(bench.job(source), declared="transaction.history"),
        traffic.events,
        lambda bounded: seen.append(list(bench.rig.topics.read(bounded.scores))),
    )
    bench.rig.topics.remove(source)
    for name, value in compare(messages(traffic), seen[0], model).items():
        yield f"parity_{name}", Figure(value, "%" if name.startswith("share") else "rows")


def _ratios(bench: Bench, extent: Extent) -> Iterator[tuple[str, Figure]]:
    traffic = Traffic(extent.events, extent.accounts)
    plain, hot = bench.filled(traffic), bench.filled(replace(traffic, hot_share=_HOT_SHARE))

    def copy(padding: str) -> Bounded:
        return replace(bench.job(plain), padding=padding)

    ours, bare = bench.weigh(bench.job(plain), extent.events), bench.weigh(copy(""), extent.events)
    padding = "x" * max(round(ours - bare), 0)
    yield "bytes_out", Figure(ours, "B/event")
    yield "bytes_out_copy", Figure(bench.weigh(copy(padding), extent.events), "B/event")
    turns = [
        [bench.run(job, extent.events) for job in (copy(padding), bench.job(plain), bench.job(hot))]
        for _ in range(extent.rounds)
    ]
    bench.rig.topics.remove(plain, hot)
    copies, jobs, hots = zip(*turns, strict=True)
    yield from _ratio("ratio_decision", jobs, copies, _by_processor)
    yield from _ratio("ratio_hot_account", hots, copies, _by_processor)
    yield from _ratio("ratio_wall", jobs, copies, _by_wall)
    yield from _ratio("ratio_decision_warm", jobs, copies, _warm)
    yield from _ratio("ratio_hot_account_warm", hots, copies, _warm)
    yield "events_per_second", Figure(statistics.median(map(_by_wall, jobs)), "events/s")
    yield "events_per_second_copy", Figure(statistics.median(map(_by_wall, copies)), "events/s")
    yield "events_per_processor_second", Figure(statistics.median(map(_by_processor, jobs)), "events/s")
    yield "events_per_processor_second_copy", Figure(statistics.median(map(_by_processor, copies)), "events/s")


def _ratio(
    name: str, over: Sequence[Round], under: Sequence[Round], rate: Callable[[Round], float]
) -> Iterator[tuple[str, Figure]]:
    ratios = [rate(one) / rate(other) for one, other in zip(over, under, strict=True)]
    median = statistics.median(ratios)
    yield name, Figure(median, "ratio")
    yield f"{name}_spread", Figure(100 * (max(ratios) - min(ratios)) / median, "%")


def _by_processor(measured: Round) -> float:
    return measured.events_per_processor_second


def _by_wall(measured: Round) -> float:
    return measured.events_per_second


def _warm(measured: Round) -> float:
    return 1e6 / measured.processor_micros_after(_WARM)


def _curves(bench: Bench, extent: Extent) -> Iterator[tuple[str, Figure]]:
    traffic = Traffic(extent.points, extent.accounts)
    source = bench.filled(traffic)
    for parallelism in (1, 2):
        measured = bench.run(replace(bench.job(source), parallelism=parallelism), extent.points)
        yield f"curve_parallelism_{parallelism}", Figure(measured.events_per_second, "events/s")
    for rules in extent.curve_rules:
        file = bench.settings.state / "rules" / f"bench-{rules}.json"
        write_rules(file, rules_of(rules))
        measured = bench.run(replace(bench.job(source), rules_file=str(file)), extent.points)
        yield f"curve_rules_{rules}", _micros(_warm(measured))
    bench.rig.topics.remove(source)
    for accounts in extent.curve_accounts:
        source = bench.filled(replace(traffic, accounts=accounts))
        yield f"curve_accounts_{accounts}", _micros(_warm(bench.run(bench.job(source), extent.points)))
        bench.rig.topics.remove(source)
    yield from _history(bench, Traffic(extent.events, extent.history_accounts, days=365))


def _micros(rate: float) -> Figure:
    return Figure(1e6 / rate, "µs/event")


def _history(bench: Bench, traffic: Traffic) -> Iterator[tuple[str, Figure]]:
    """The cost of an event by how many its account had before: one run, tenth by tenth."""
    source = bench.filled(traffic)
    looks = bench.run(bench.job(source), traffic.events).looks
    bench.rig.topics.remove(source)
    tenth = traffic.events / 10
    for part in range(1, 10):
        inside = [look for look in looks if part * tenth <= look.written <= (part + 1) * tenth]
        if len(inside) > 1 and inside[-1].written > inside[0].written:
            spent = (inside[-1].processor - inside[0].processor) / (inside[-1].written - inside[0].written)
            yield f"curve_history_{round((part + 0.5) * tenth / traffic.accounts)}", Figure(1e6 * spent, "µs/event")
