"""A benchmark's result says what was measured, where, on which commit, against what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli import benchmarks
from contracts.errors import ConfigurationError
from contracts.settings import Settings

MODULE = """
from contracts.benchmarks import Figure
values = iter([3.0, 1.0, 2.0])
BASELINES = {"start": 60.0}
def measure(settings):
    return {"start": Figure(next(values), "s")}
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    (tmp_path / "bench_some.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    assert benchmarks.available() == ["some"]
    as_json, as_table = benchmarks.write(benchmarks.measure(Settings(), "some", 3), tmp_path / "results")
    return as_json, as_table


def test_the_figure_is_the_median_of_its_runs(written: tuple[Path, Path]) -> None:
    document = json.loads(written[0].read_text(encoding="utf-8"))
    assert document["figures"]["start"] == {
        "value": 2.0,
        "unit": "s",
        "baseline": 60.0,
        "runs": [3.0, 1.0, 2.0],
        "command": "./atalaya bench some --runs 3",
    }
    assert document["machine"]["cores"] >= 1
    assert document["commit"]


def test_the_table_shows_the_same(written: tuple[Path, Path]) -> None:
    assert "| start | 2 | s | 60 | 3, 1, 2 |" in written[1].read_text(encoding="utf-8").splitlines()


def test_a_benchmark_may_say_how_often_it_runs_and_have_a_quick_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = MODULE.replace("measure(settings)", "measure(settings, *, quick=False)").replace("3.0, 1.0, 2.0", "3.0")
    (tmp_path / "bench_once.py").write_text(f"{text}\nRUNS = 1\n", encoding="utf-8")
    (tmp_path / "bench_slow.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    figure = benchmarks.measure(Settings(), "once", quick=True).figures["start"]
    assert (figure.runs, figure.command) == ([3.0], "./atalaya bench once --runs 1 --quick")
    with pytest.raises(ConfigurationError, match="'slow' knows no quick run"):
        benchmarks.measure(Settings(), "slow", quick=True)


def test_a_benchmark_that_draws_has_its_charts_beside_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = 'def charts(figures):\n    return {"start.svg": f"<svg>{figures[\'start\'].value}</svg>"}\n'
    (tmp_path / "bench_drawn.py").write_text(MODULE + drawing, encoding="utf-8")
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    paths = benchmarks.write(benchmarks.measure(Settings(), "drawn", 3), tmp_path / "results")
    assert [path.name for path in paths] == ["drawn.json", "drawn.md", "start.svg"]
    assert paths[2].read_text(encoding="utf-8") == "<svg>2.0</svg>"
    assert "![start](start.svg)" in paths[1].read_text(encoding="utf-8")
    assert "charts" not in json.loads(paths[0].read_text(encoding="utf-8"))


def test_a_benchmark_may_take_a_file_that_describes_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = MODULE.replace("measure(settings)", "measure(settings, *, described_by=None)")
    (tmp_path / "bench_open.py").write_text(text.replace("next(values)", "len(described_by.name)"), encoding="utf-8")
    (tmp_path / "bench_closed.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    figure = benchmarks.measure(Settings(), "open", 1, described_by=Path("own.yml")).figures["start"]
    assert (figure.value, figure.command) == (7, "./atalaya bench open --runs 1 --set own.yml")
    with pytest.raises(ConfigurationError, match="'closed' knows no set of a file"):
        benchmarks.measure(Settings(), "closed", 1, described_by=Path("own.yml"))


def test_a_long_benchmark_tells_each_figure_as_soon_as_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = MODULE.replace("measure(settings)", "measure(settings, *, tell)")
    (tmp_path / "bench_long.py").write_text(
        text.replace("    return", '    tell("early", Figure(1.0, "s"))\n    return'), encoding="utf-8"
    )
    monkeypatch.setattr(benchmarks, "FOLDER", tmp_path)
    told: list[str] = []
    benchmarks.measure(Settings(), "long", 1, tell=lambda name, figure: told.append(f"{name} {figure.value}"))
    assert told == ["early 1.0"]
