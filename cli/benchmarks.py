"""The frame of benchmarks: a file of `tests/bench` measures, this writes down with which machine, commit and command.

A benchmark is `tests/bench/bench_NAME.py` with `measure(settings) -> Mapping[str, Figure]`, one run per call, and
optionally `BASELINES: Mapping[str, float]` and `RUNS`, how often it is run when nobody says. Values of several runs are
given as their median. One whose `measure` takes `quick` can show within minutes that it works; one whose `measure` takes
`described_by` measures over the data that a file describes; one that takes long takes `tell`, and calls it with each figure
as soon as there is one. One that draws has
`charts(figures) -> Mapping[str, str]`: SVG by file name, from the medians.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from contracts.benchmarks import Figure, Tell
from contracts.errors import ConfigurationError
from contracts.settings import PROJECT, Settings

FOLDER = PROJECT / "tests" / "bench"
RESULTS = PROJECT / "docs" / "benchmarks"
DEFAULT_RUNS = 3
_OPTIONS = {"quick": "quick run", "described_by": "set of a file"}


@dataclass
class Measured:
    """A figure over all runs; `baseline` is what it is compared with, where there is something."""

    value: float
    unit: str
    baseline: float | None
    runs: list[float]
    command: str


@dataclass
class Result:
    """What `docs/benchmarks/NAME.json` holds; `charts`, SVG by file name, lie beside it."""

    name: str
    machine: dict[str, Any]
    commit: str
    measured_at: str
    figures: dict[str, Measured] = field(default_factory=dict)
    charts: dict[str, str] = field(default_factory=dict)


def available() -> list[str]:
    """The names of all benchmarks."""
    return sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def measure(
    settings: Settings,
    name: str,
    runs: int | None = None,
    *,
    quick: bool = False,
    described_by: Path | None = None,
    tell: Tell = lambda _name, _figure: None,
) -> Result:
    """Run a benchmark `runs` times, or as often as it says itself; `tell` hears of figures while a long one measures.

    Raises ConfigurationError where there is no quick one, or where it takes no file that describes its data.
    """
    module = _load(name)
    options: dict[str, object] = {"quick": True} if quick else {}
    if described_by is not None:
        options["described_by"] = described_by
    known = inspect.signature(module.measure).parameters
    for option in options:
        if option not in known:
            raise ConfigurationError(f"Benchmark {name!r} knows no {_OPTIONS[option]}.")
    heard = {"tell": tell} if "tell" in known else {}
    own_runs: int = getattr(module, "RUNS", DEFAULT_RUNS)
    runs = runs or own_runs
    all_runs: list[Mapping[str, Figure]] = [module.measure(settings, **options, **heard) for _ in range(runs)]
    baselines: Mapping[str, float] = getattr(module, "BASELINES", {})
    result = Result(name, _machine(), _commit(), datetime.now(UTC).isoformat(timespec="seconds"))
    for figure_name, first in all_runs[0].items():
        values = [run[figure_name].value for run in all_runs if figure_name in run]
        result.figures[figure_name] = Measured(
            value=round(statistics.median(values), 3),
            unit=first.unit,
            baseline=baselines.get(figure_name),
            runs=[round(value, 3) for value in values],
            command=_command(name, runs, options),
        )
    if hasattr(module, "charts"):
        result.charts = dict(module.charts({name: Figure(one.value, one.unit) for name, one in result.figures.items()}))
    return result


def _command(name: str, runs: int, options: Mapping[str, object]) -> str:
    quick = " --quick" if "quick" in options else ""
    described_by = f" --set {options['described_by']}" if "described_by" in options else ""
    return f"./atalaya bench {name} --runs {runs}{quick}{described_by}"


def write(result: Result, folder: Path = RESULTS) -> list[Path]:
    """Write NAME.json, NAME.md and the charts that the table shows; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {name: value for name, value in asdict(result).items() if name != "charts"}
    files = {
        f"{result.name}.json": json.dumps(figures, indent=1) + "\n",
        f"{result.name}.md": _table(result),
        **result.charts,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _table(result: Result) -> str:
    machine = ", ".join(f"{key} {value}" for key, value in result.machine.items())
    lines = [
        f"# Benchmark: {result.name}",
        "",
        f"Commit {result.commit}, {result.measured_at}. Machine: {machine}. Values are medians of the runs.",
        "",
        "| figure | value | unit | baseline | runs |",
        "|---|---:|---|---:|---|",
    ]
    for name, figure in result.figures.items():
        baseline = "" if figure.baseline is None else f"{figure.baseline:g}"
        runs = ", ".join(f"{value:g}" for value in figure.runs)
        lines.append(f"| {name} | {figure.value:g} | {figure.unit} | {baseline} | {runs} |")
    if result.charts:
        lines += ["", *(f"![{Path(chart).stem.replace('_', ' ')}]({chart})" for chart in result.charts)]
    return "\n".join(lines) + "\n"


def _load(name: str) -> ModuleType:
    path = FOLDER / f"bench_{name}.py"
    specification = importlib.util.spec_from_file_location(f"bench_{name}", path)
    if specification is None or specification.loader is None:
        raise ConfigurationError(f"{path} cannot be imported.")
    module = importlib.util.module_from_spec(specification)
    # A dataclass looks its module up.
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def _machine() -> dict[str, Any]:
    """What the figures depend on; the load tells whether the machine was quiet."""
    memory = next(line for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines() if "MemTotal" in line)
    models = {line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")}
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory.split()[1]) / 2**20, 1),
        "processor": ", ".join(sorted(models)) or platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_at_end": round(os.getloadavg()[0], 1),
    }


def _cpu_lines() -> list[str]:
    return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()


def _commit() -> str:
    """The commit, marked where files differ from it; 'unknown' outside a git checkout."""
    try:
        given = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607 - whichever git the person uses
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return given.stdout.strip()
