"""The command line: verbs by file, errors as one message, and no engine imported before it is needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer import Context
from typer.main import get_command

from cli.app import Verbs
from cli.commands.test import Kind, app, run_tests
from contracts.errors import NotFoundError
from contracts.settings import PROJECT

# What a start must not pay for; `cli --help` imports every verb's file.
ENGINES = ("great_expectations", "mlflow", "feast", "dagster", "pyspark", "pandas", "duckdb", "lightgbm", "psycopg")


def run(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ATALAYA_STATE": str(state), "COLUMNS": "200", "TERM": "dumb"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_every_file_is_a_verb() -> None:
    names = Verbs().list_commands(None)
    assert {"up", "down", "status", "logs", "test", "bench", "doctor", "lock", "open"} <= set(names)
    assert not [name for name in names if name.endswith("_")]


def test_help_shows_all_verbs_without_their_engines(tmp_path: Path) -> None:
    code = (
        "import sys; from cli.app import verbs\n"
        "try: verbs(['--help'], prog_name='atalaya')\n"
        f"except SystemExit: sys.exit(','.join(name for name in {ENGINES!r} if name in sys.modules))"
    )
    shown = run("-c", code, state=tmp_path)
    assert shown.stderr.strip() == ""
    for name in Verbs().list_commands(None):
        assert name in shown.stdout


def test_a_known_error_is_one_message(tmp_path: Path) -> None:
    refused = run("-m", "cli", "status", state=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == ["error The stack is not running.", "Start it with './atalaya up'."]


def test_an_unknown_service_is_refused_before_anything_starts(tmp_path: Path) -> None:
    refused = run("-m", "cli", "logs", "oracle", state=tmp_path)
    assert refused.returncode == 1
    assert "There is no log" in refused.stderr


def test_down_without_a_stack_says_so(tmp_path: Path) -> None:
    said = run("-m", "cli", "down", state=tmp_path)
    assert said.returncode == 0
    assert "no stack runs on" in said.stdout


def test_a_query_without_a_stack_is_one_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATALAYA_SECRET_POSTGRES_WAREHOUSE", "unused")
    monkeypatch.setenv("ATALAYA_PORT_BASE", "1")
    refused = run("-m", "cli", "query", "warehouse", "select 1", state=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error PostgreSQL does not answer: ")


@pytest.mark.parametrize(("by", "reason"), [("", "better"), ("Ana Ruiz", " ")])
def test_an_approval_by_nobody_or_without_a_reason_is_refused_before_anything_is_asked(
    tmp_path: Path, by: str, reason: str
) -> None:
    for words in (("approve", "fraud", "3"), ("rollback", "fraud")):
        refused = run("-m", "cli", "model", *words, "--by", by, "--reason", reason, state=tmp_path)
        assert refused.returncode == 1
        assert "is empty" in refused.stderr
        assert "--by" in refused.stderr


def test_a_model_that_is_not_declared_is_refused_with_those_that_are(tmp_path: Path) -> None:
    refused = run("-m", "cli", "model", "history", "weather", state=tmp_path)
    assert refused.returncode == 2
    assert "micro_loan" in refused.stderr


def test_a_kind_without_tests_is_said_and_nothing_else_is_run_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.settings.PROJECT", tmp_path)
    with pytest.raises(NotFoundError, match="There are no tests in tests/drills"):
        run_tests(Context(get_command(app)), Kind.DRILLS)
