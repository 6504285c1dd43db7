"""The local stack on real engines: nothing left behind, nothing lost, nobody's port taken."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from contracts.errors import ConfigurationError
from contracts.settings import PROJECT, Settings
from contracts.topics import SINK_CONTROL_TOPIC, load_topics
from deploy.local.parts import make_parts, postgres_binaries, to_fetch
from deploy.local.process import STACK_TAG, is_running, tagged
from deploy.local.stack import start, stop
from deploy.local.status import StackStatus, State, read_status
from tests.ports import free_ports

pytestmark = pytest.mark.integration

SECONDS = 90.0
PARTS = ("postgres", "valkey")


@pytest.fixture
def settings() -> Iterator[Settings]:
    """A state of its own below a folder that PostgreSQL's unprivileged user may pass."""
    with tempfile.TemporaryDirectory(prefix="atalaya-stack-") as folder:
        Path(folder).chmod(0o755)
        own = Settings(state=Path(folder), port_base=free_ports())
        if not postgres_binaries(own).exists():
            make_parts(own, to_fetch(own))
        yield own
        stop(own)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def of_stack(settings: Settings) -> set[int]:
    return {pid for pid in tagged(STACK_TAG, str(settings.state)) if is_running(pid)}


def kill_supervisor(settings: Settings, status: StackStatus) -> None:
    """SIGKILL, then see that the supervisor and every process of the stack are gone."""
    family = of_stack(settings)
    assert len(family) >= 3  # the server, its workers, Valkey
    os.kill(status.supervisor, signal.SIGKILL)
    wait_for(lambda: not is_running(status.supervisor))
    wait_for(lambda: not any(is_running(pid) for pid in family))
    assert not of_stack(settings)


def operations(settings: Settings) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(settings.database_url("operations"), autocommit=True)


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_has_the_data(settings: Settings) -> None:
    status = start(settings, PARTS)
    with operations(settings) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert settings.state.stat().st_mode & 0o007 == 0
    secrets = (settings.state / "secrets.json").read_bytes()
    kill_supervisor(settings, status)
    start(settings, PARTS)
    with operations(settings) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
    assert (settings.state / "secrets.json").read_bytes() == secrets
    assert stop(settings)
    assert not of_stack(settings)
    assert read_status(settings) is None


def test_a_second_stack_beside_the_first_is_refused(settings: Settings) -> None:
    first = start(settings, ["valkey"])
    with pytest.raises(ConfigurationError, match=rf"already runs on .*process {first.supervisor}\b"):
        start(settings, ["valkey"])
    beside = subprocess.run(
        [sys.executable, "-m", "deploy.local", "--only", "valkey"],
        cwd=PROJECT,
        env={**os.environ, "ATALAYA_STATE": str(settings.state), "ATALAYA_PORT_BASE": str(settings.port_base)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert beside.returncode == 1
    assert "already runs" in beside.stderr
    status = read_status(settings)
    assert status is not None
    assert status.supervisor == first.supervisor
    assert status.parts["valkey"].restarts == 0


def test_a_port_in_use_is_refused_by_number_and_owner(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", settings.port("valkey")))
        other.listen()
        with pytest.raises(ConfigurationError, match=rf"Port {settings.port('valkey')} .*process {os.getpid()} "):
            start(settings, ["valkey"])
    assert not of_stack(settings)


def test_a_killed_service_comes_back(settings: Settings) -> None:
    first = start(settings, PARTS).parts["postgres"].pid
    assert first is not None
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        status = read_status(settings)
        assert status is not None
        part = status.parts["postgres"]
        return part.pid != first and part.state is State.READY and part.restarts == 1

    wait_for(is_back)
    with operations(settings) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_nothing(settings: Settings, number: signal.Signals) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "cli", "up", "--only", "kafka"],
        cwd=PROJECT,
        env={**os.environ, "ATALAYA_STATE": str(settings.state), "ATALAYA_PORT_BASE": str(settings.port_base)},
    )
    wait_for(lambda: read_status(settings) is not None)
    command.send_signal(number)
    assert command.wait(SECONDS) != 0
    assert not of_stack(settings)
    assert read_status(settings) is None


def test_roles_reach_their_own_databases_only(settings: Settings) -> None:
    start(settings, ["postgres"])
    with psycopg.connect(settings.database_url("warehouse"), autocommit=True) as connection:
        connection.execute("CREATE TABLE marts.figures AS SELECT 1 AS one")
        connection.execute("CREATE SCHEMA lake_silver")
        connection.execute("CREATE TABLE lake_silver.users AS SELECT 1 AS one")
    with psycopg.connect(settings.database_url("warehouse", "dashboard"), autocommit=True) as connection:
        assert connection.execute("SELECT one FROM marts.figures").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM marts.figures")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT one FROM lake_silver.users")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(settings.database_url("operations", "dashboard"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(settings.database_url("operations"), password="guessed")  # noqa: S106 - the point is that it is wrong


def test_kafka_has_the_declared_topics(settings: Settings) -> None:
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - only here

    start(settings, ["kafka"])
    known = AdminClient({"bootstrap.servers": settings.kafka_bootstrap}).list_topics(timeout=10).topics
    declared = {topic.name: topic.partitions for topic in load_topics()} | {SINK_CONTROL_TOPIC: 1}
    assert {name: len(known[name].partitions) for name in declared if name in known} == declared
