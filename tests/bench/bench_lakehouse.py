"""What each layer of the lakehouse costs over the least that it could cost, and how silver's cost grows with its rows.

Ratios are of two things measured in turn in the same run, the median of the rounds; `…_spread` is the distance between
the highest and the lowest round over the median. Silver here is the current state of one table, finflow.payments.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts.benchmarks import Figure
from contracts.errors import PermanentError
from contracts.settings import PROJECT, Settings
from deploy.local.parts import make_parts, to_fetch
from deploy.local.stack import start, stop
from tests.bench.lakehouse_engines import duckdb_and_spark, silver_and_scan, warehouse_and_copy
from tests.bench.lakehouse_landing import landing_and_capture
from tests.bench.lakehouse_rows import bench_lake, land_rows
from tests.bench.own_stack import own_settings

# Every figure is made of rounds within one run; a run takes about a quarter of an hour on two cores.
RUNS = 1

LANDING = ("postgres", "kafka", "connect", "migrations", "connectors")

# A pair of things measured in turn: seconds of the one, seconds of the other.
Pair = tuple[float, float]


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    landing_rows: int
    rows: int
    sizes: tuple[int, ...]


FULL = Extent(3, 150_000, 1_000_000, (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000))
QUICK = Extent(1, 5_000, 20_000, (10_000, 30_000))


def measure(settings: Settings, *, quick: bool = False) -> Mapping[str, Figure]:
    """All of it on a state and ports of its own; `quick` shows in two minutes that it works, with figures of no worth."""
    extent = QUICK if quick else FULL
    own = own_settings(settings, "bench-lakehouse", 600)
    shutil.rmtree(own.state, ignore_errors=True)
    make_parts(own, to_fetch(own))
    try:
        return dict(_figures(own, extent))
    finally:
        stop(own)
        shutil.rmtree(own.state, ignore_errors=True)


def _figures(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    start(settings, LANDING)
    pairs = [landing_and_capture(settings, extent.landing_rows) for _ in range(extent.rounds)]
    # Rows a second: a ratio of 1 says that the sink keeps up with Debezium.
    yield from _ratio("landing_ratio", [(capture, landing) for landing, capture in pairs])
    yield "landing_rate", Figure(extent.landing_rows / statistics.median(pair[0] for pair in pairs), "rows/s")
    yield "capture_rate", Figure(extent.landing_rows / statistics.median(pair[1] for pair in pairs), "rows/s")
    stop(settings)
    # Kafka and Connect would only take memory from what follows.
    start(settings, ("postgres",))
    yield from _silver_figures(settings, extent)
    stop(settings)
    yield from _growth(settings.state / "growth", extent.sizes)


def _silver_figures(settings: Settings, extent: Extent) -> Iterator[tuple[str, Figure]]:
    folder = settings.state / "bench"
    with bench_lake(folder) as lake:
        land_rows(lake, extent.rows)

        def rounds(measured: Callable[[], Pair]) -> list[Pair]:
            return [measured() for _ in range(extent.rounds)]

        over_scan = rounds(lambda: silver_and_scan(lake))
        yield from _ratio("silver_over_scan", over_scan)
        yield "silver_seconds", Figure(statistics.median(pair[0] for pair in over_scan), "s")
        over_copy = rounds(lambda: warehouse_and_copy(lake, settings, folder))
        yield from _ratio("warehouse_over_copy", over_copy)
        yield "warehouse_seconds", Figure(statistics.median(pair[0] for pair in over_copy), "s")
        with duckdb_and_spark(lake, settings) as engines:
            over_spark = rounds(engines)
        # How many times faster DuckDB is.
        yield from _ratio("silver_duckdb_over_spark", [(spark, duckdb) for duckdb, spark in over_spark])
        yield "spark_seconds", Figure(statistics.median(pair[1] for pair in over_spark), "s")


def _ratio(name: str, pairs: Sequence[Pair]) -> Iterator[tuple[str, Figure]]:
    ratios = [over / under for over, under in pairs]
    median = statistics.median(ratios)
    yield name, Figure(median, "ratio")
    yield f"{name}_spread", Figure(100 * (max(ratios) - min(ratios)) / median, "%")


def _growth(folder: Path, sizes: Sequence[int]) -> Iterator[tuple[str, Figure]]:
    units = {"full": "s", "incremental": "s", "peak": "MiB"}
    found: dict[int, dict[str, float]] = {}
    for size in sizes:
        _grow("write", folder, size)
        found[size] = json.loads(_grow("read", folder, size))
        shutil.rmtree(folder)
        for name, value in found[size].items():
            yield f"growth_{name}_{size / 1e6:g}M", Figure(value, units[name])
    for name in units:
        yield f"growth_{name}_exponent", Figure(exponent({size: one[name] for size, one in found.items()}), "exponent")


def exponent(values: Mapping[int, float]) -> float:
    """The slope of the logarithms: 1 is proportional growth. Raises StatisticsError for fewer than two sizes."""
    return statistics.linear_regression(
        [math.log(size) for size in values], [math.log(one) for one in values.values()]
    ).slope


def _grow(what: str, folder: Path, size: int) -> str:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("lakehouse_growth.py")), what, str(folder), str(size)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        raise PermanentError(f"Growth at {size} rows failed: {reason}")
    return done.stdout
