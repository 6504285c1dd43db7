"""What the decision job costs over a bare copy of the same bytes, and whether it says what the reference says.

Copy (Flink SQL, json format, the same fields in, as many bytes out) and job run in turn on one cluster, each to the end of
a topic; a ratio is the job's rate over the copy's of the same turn, given as the median of the turns. Rates are events a
second of the TaskManager's processor from RUNNING to FINISHED, or of the wall where that is said. `..._warm` leaves out the
first third of each run: a job brings its classes with it, which are compiled anew each time. The copy is padded with one
letter, which compresses better than what the job writes; that favours the copy.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import count

from contracts.benchmarks import Figure, Tell, collect
from contracts.settings import Settings
from deploy.local.parts import make_parts, to_fetch
from deploy.local.stack import start, stop
from streaming.submit import write_rules
from tests.bench.own_stack import own_settings
from tests.bench.streaming_charts import curves
from tests.bench.streaming_client import Bounded
from tests.bench.streaming_events import Traffic, labels, messages
from tests.bench.streaming_model import publish, rules_of
from tests.bench.streaming_parity import compare
from tests.bench.streaming_rounds import Rig, Round, open_rig

# Every figure is made of rounds within one run.
RUNS = 1
BASELINES = {"ratio_decision": 0.15, "ratio_hot_account": 0.075, "parity_rows": 200_000, "parity_mismatches": 0}

SERVICES = ("kafka", "flink", "flink_task")

# More of everything that is hard than is asked for: the shares found are figures.
_HARD = Traffic(0, 0, hot_share=0.25, late_share=0.15, late_hours=8.0, tie_share=0.25, null_share=0.1)
_WARM = 1 / 3
_FULL_STATE = 0.8
_HOT_SHARE = 0.5
# The copy is several times as fast: over more events it has as long to get warm, and to be measured.
_COPIED = 4
_LARGE_HEAP_MIB = 14336


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
    events=300_000,
    accounts=50_000,
    points=150_000,
    parity=replace(_HARD, events=210_000, accounts=30_000, days=2400),
    curve_accounts=(1_000, 10_000, 100_000, 1_000_000),
    curve_rules=(0, 15, 30, 60),
    history_accounts=50,
)
QUICK = Extent(
    rounds=1,
    events=10_000,
    accounts=1_000,
    points=3_000,
    parity=replace(_HARD, events=3_000, accounts=300, days=40),
    curve_accounts=(1_000,),
    curve_rules=(0, 15),
    history_accounts=50,
)


def measure(settings: Settings, *, quick: bool = False, tell: Tell) -> Mapping[str, Figure]:
    """All of it on a state and ports of its own; `quick` only shows that it works, with figures of no worth."""
    own = own_settings(settings, "bench-streaming", 700)
    make_parts(own, to_fetch(own))
    return collect(_figures(own, QUICK if quick else FULL), tell)


def _figures(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    with _stack(settings) as (bench, model):
        yield from _parity(bench, extent.parity, model)
        yield from _ratios(bench, extent)
        yield from _curves(bench, extent)
    with _stack(settings.model_copy(update={"task_heap_mib": _LARGE_HEAP_MIB})) as (bench, _):
        yield from _by_accounts(bench, extent)


def charts(figures: Mapping[str, Figure]) -> Mapping[str, str]:
    """SVG by file name."""
    return curves(figures)


@contextmanager
def _stack(settings: Settings) -> Iterator[tuple[Bench, bytes]]:
    """Kafka and Flink on an empty state, with a champion, whose ONNX is given as well."""
    shutil.rmtree(settings.state, ignore_errors=True)
    try:
        start(settings, SERVICES)
        model = publish(settings)
        with open_rig(settings) as rig:
            yield Bench(settings, rig), model
    finally:
        stop(settings)
        shutil.rmtree(settings.state, ignore_errors=True)


@dataclass(frozen=True)
class Source:
    """Topics that hold some traffic."""

    events: str
    labels: str
    count: int


class Bench:
    """Topics and jobs by numbers, so that nothing of one run is left for the next."""

    def __init__(self, settings: Settings, rig: Rig) -> None:
        self.rig = rig
        self.settings = settings
        self._numbers = count()

    @contextmanager
    def filled(self, traffic: Traffic) -> Iterator[Source]:
        """Topics with that traffic, for as long as it is needed."""
        number, topics = next(self._numbers), self.rig.topics
        source = Source(f"bench.events.{number}", f"bench.labels.{number}", traffic.events)
        topics.create(source.events, source.labels)
        try:
            topics.fill(source.events, messages(traffic))
            topics.fill(source.labels, labels(traffic))
            yield source
        finally:
            topics.remove(source.events, source.labels)

    def run(self, source: Source, seen: Callable[[Bounded], None] | None = None, **changes: str | int) -> Round:
        """Run the decision job, or what `changes` make of it; `seen` may look at what it wrote before that is removed."""
        number = next(self._numbers)
        plain = Bounded(
            f"bench-{number}", source.events, source.labels, f"bench.scores.{number}", f"bench.alerts.{number}"
        )
        bounded = Bounded(**{**asdict(plain), **changes})
        try:
            measured = self.rig.run(bounded, source.count)
            if seen is not None:
                seen(bounded)
        finally:
            self.rig.topics.remove(bounded.scores, bounded.alerts)
        return measured

    def weigh(self, source: Source, **changes: str | int) -> float:
        """Bytes written for each event read, by a run that also warms up."""
        found: list[float] = []

        def look(bounded: Bounded) -> None:
            found.append(self.rig.topics.weigh(bounded.scores, bounded.alerts).bytes / source.count)

        self.run(source, look, **changes)
        return found[0]


def _parity(bench: Bench, traffic: Traffic, model: bytes) -> Iterator[tuple[str, Figure]]:
    """Through the job, as history: what every key says is then the same in every run."""
    seen: list[list[bytes]] = []
    with bench.filled(traffic) as source:
        bench.run(
            source,
            lambda bounded: seen.append(list(bench.rig.topics.read(bounded.scores))),
            declared="transaction.history",
        )
    for name, value in compare(messages(traffic), labels(traffic), seen[0], model).items():
        yield f"parity_{name}", Figure(value, "%" if name.startswith("share") else "rows")


def _ratios(bench: Bench, extent: Extent) -> Iterator[tuple[str, Figure]]:
    traffic = Traffic(extent.events, extent.accounts)
    with (
        bench.filled(traffic) as plain,
        bench.filled(replace(traffic, hot_share=_HOT_SHARE)) as hot,
        bench.filled(replace(traffic, events=_COPIED * extent.events)) as long,
    ):
        ours, bare = bench.weigh(plain), bench.weigh(long, padding="")
        padding = "x" * max(round(ours - bare), 0)
        yield "bytes_out", Figure(ours, "B/event")
        yield "bytes_out_copy", Figure(bench.weigh(long, padding=padding), "B/event")
        turns = [(bench.run(long, padding=padding), bench.run(plain), bench.run(hot)) for _ in range(extent.rounds)]
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
    return 1e6 / measured.processor_micros(_WARM)


def _curves(bench: Bench, extent: Extent) -> Iterator[tuple[str, Figure]]:
    with bench.filled(Traffic(extent.points, extent.accounts)) as source:
        for parallelism in (1, 2):
            measured = bench.run(source, parallelism=parallelism)
            yield f"curve_parallelism_{parallelism}", Figure(measured.events_per_second, "events/s")
        for rules in extent.curve_rules:
            file = bench.settings.state / "rules" / f"bench-{rules}.json"
            write_rules(file, rules_of(rules))
            yield f"curve_rules_{rules}", _micros(bench.run(source, rules_file=str(file)), _WARM)
    yield from _by_history(bench, Traffic(extent.events, extent.history_accounts, days=365))


def _by_accounts(bench: Bench, extent: Extent) -> Iterator[tuple[str, Figure]]:
    """Every account has had its turn when its cost is taken."""
    for accounts in extent.curve_accounts:
        traffic = Traffic(max(extent.points, round(accounts / _FULL_STATE)), accounts, even=True)
        with bench.filled(traffic) as source:
            yield f"curve_accounts_{accounts}", _micros(bench.run(source), _FULL_STATE)


def _by_history(bench: Bench, traffic: Traffic) -> Iterator[tuple[str, Figure]]:
    """The cost of an event by how many its account had before: one run, tenth by tenth."""
    with bench.filled(traffic) as source:
        measured = bench.run(source)
    for tenth in range(1, 10):
        before = round((tenth + 0.5) * traffic.events / 10 / traffic.accounts)
        yield f"curve_history_{before}", _micros(measured, tenth / 10, (tenth + 1) / 10)


def _micros(measured: Round, begin: float, end: float = 1.0) -> Figure:
    return Figure(measured.processor_micros(begin, end), "µs/event")
