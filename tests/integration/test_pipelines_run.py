"""A job as the demo and the import run it: on the platform's own Dagster storage, with an end that says how it went."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import dagster as dg
import pytest

from contracts.errors import PermanentError
from contracts.settings import Settings
from pipelines.run import run_job, serve

pytestmark = pytest.mark.integration


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    # The run puts Dagster's home into the environment of its process.
    before = dict(os.environ)
    yield monkeypatch
    for name in set(os.environ) - set(before):
        del os.environ[name]


def declare(
    monkeypatch: pytest.MonkeyPatch, severity: dg.AssetCheckSeverity, *, holds: bool, blocking: bool = False
) -> None:
    """One asset with one check stands for the platform's definitions."""

    @dg.asset(check_specs=[dg.AssetCheckSpec("adds_up", asset="books", blocking=blocking)])
    def books() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield dg.MaterializeResult()
        yield dg.AssetCheckResult(
            check_name="adds_up",
            passed=holds,
            severity=severity,
            description="Two and two are five. Owner: team:books.",
        )

    definitions = dg.Definitions(assets=[books], jobs=[dg.define_asset_job("main_line", selection="*")])
    monkeypatch.setattr("pipelines.run._HEAVY", ())
    monkeypatch.setitem(sys.modules, "pipelines.definitions", SimpleNamespace(definitions=definitions))


def test_a_failed_check_of_severity_error_is_no_success_and_is_named(
    postgres: Settings, declared: pytest.MonkeyPatch
) -> None:
    declare(declared, dg.AssetCheckSeverity.ERROR, holds=False)
    with pytest.raises(
        PermanentError, match=r"checks do not hold: adds_up of books \(Two and two are five. Owner: team:books\)"
    ):
        run_job(postgres, "main_line")
    lines: list[str] = []
    serve(postgres, ["main_line"], lines.append)
    assert "adds_up of books" in json.loads(lines[-1])["failed"]


def test_a_blocking_check_ends_the_run_with_what_it_found(postgres: Settings, declared: pytest.MonkeyPatch) -> None:
    declare(declared, dg.AssetCheckSeverity.ERROR, holds=False, blocking=True)
    with pytest.raises(
        PermanentError, match=r"adds_up of books does not hold: Two and two are five\. Owner: team:books\."
    ):
        run_job(postgres, "main_line")


def test_a_failed_check_of_severity_warning_is_told_and_left(postgres: Settings, declared: pytest.MonkeyPatch) -> None:
    declare(declared, dg.AssetCheckSeverity.WARN, holds=False)
    lines: list[str] = []
    serve(postgres, ["main_line"], lines.append)
    assert json.loads(lines[-1]) == {"job": "main_line", "failed": None}
    assert lines[-2] == "main_line: warnings: adds_up of books"


def test_checks_that_hold_are_counted(postgres: Settings, declared: pytest.MonkeyPatch) -> None:
    declare(declared, dg.AssetCheckSeverity.ERROR, holds=True)
    assert run_job(postgres, "main_line").failed_checks == []
