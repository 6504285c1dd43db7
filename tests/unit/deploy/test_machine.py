"""What the stack reads from the machine and writes to its state."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from contracts.errors import ConfigurationError, NotFoundError
from contracts.settings import ROLES, Settings
from deploy.local.layout import status_file, write_atomically
from deploy.local.logfiles import bound_logs, tail
from deploy.local.memory import pss_bytes
from deploy.local.ports import check_ports, is_free
from deploy.local.process import is_running, parent_of
from deploy.local.secrets import ensure_secrets, secret_names
from deploy.local.service import Service, Step
from deploy.local.services import ALL, choose
from deploy.local.status import PartStatus, StackStatus, State, read_status


def test_secrets_are_made_once_for_the_user_alone(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    ensure_secrets(settings)
    path = tmp_path / "secrets.json"
    first = path.read_text(encoding="utf-8")
    ensure_secrets(settings)
    assert path.read_text(encoding="utf-8") == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    values = json.loads(first)
    assert set(values) == set(secret_names())
    assert len(set(values.values())) == len(values)
    assert {f"postgres_{role}" for role in ROLES} <= set(values)


def test_a_new_secret_leaves_the_others(tmp_path: Path) -> None:
    write_atomically(tmp_path / "secrets.json", '{"valkey": "kept"}', mode=0o600)
    ensure_secrets(Settings(state=tmp_path))
    assert json.loads((tmp_path / "secrets.json").read_text(encoding="utf-8"))["valkey"] == "kept"


def test_a_port_in_use_is_named_with_its_owner() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings = Settings(port_base=other.getsockname()[1])
        valkey = Service(name="some", command=lambda _: [], probe=lambda _: None, ports=("postgres",))
        assert not is_free("127.0.0.1", settings.port_base)
        with pytest.raises(ConfigurationError, match=rf"Port {settings.port_base} .*process {os.getpid()} ") as refusal:
            check_ports(settings, [valkey])
    assert "ATALAYA_PORT_BASE" in refusal.value.hint
    check_ports(settings, [valkey])


def test_a_log_stays_bounded_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"first\n" * 100)
        bound_logs(tmp_path, limit_bytes=100)
        writer.write(b"second\n")
    assert log.read_text(encoding="utf-8") == "second\n"
    assert (tmp_path / "some.log.1").read_text(encoding="utf-8") == "first\n" * 100
    assert tail(log, 5) == ["second"]
    assert tail(tmp_path / "none.log", 5) == []


def test_this_process_runs_and_uses_memory() -> None:
    assert is_running(os.getpid())
    assert parent_of(os.getpid()) == os.getppid()
    assert pss_bytes(os.getpid()) > 1_000_000
    assert not is_running(2**22 + 1)
    assert pss_bytes(2**22 + 1) == 0


def some_status(supervisor: int, *states: State) -> StackStatus:
    parts = {str(number): PartStatus(state=state) for number, state in enumerate(states)}
    return StackStatus(supervisor, "run", "/state", 1, started_at=0.0, parts=parts)


def test_a_status_is_read_back_while_its_supervisor_lives(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    assert read_status(settings) is None
    written = some_status(os.getppid(), State.READY)
    written.write(settings)
    assert read_status(settings) == written
    some_status(2**22 + 1, State.READY).write(settings)
    assert read_status(settings) is None


def test_a_half_written_status_is_never_seen(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    some_status(os.getppid(), State.READY).write(settings)
    assert [path.name for path in status_file(settings).parent.iterdir()] == ["status.json"]


@pytest.mark.parametrize(
    ("states", "ready"),
    [
        ([State.READY, State.ABSENT], True),
        ([State.READY, State.STARTING], False),
        ([State.READY, State.FAILED], False),
        ([State.READY, State.BACK_OFF], False),
    ],
)
def test_a_stack_is_ready_when_all_that_was_asked_for_is(states: list[State], ready: bool) -> None:  # noqa: FBT001
    assert some_status(1, *states).ready is ready


def test_every_need_is_declared() -> None:
    names = [part.name for part in ALL]
    assert len(names) == len(set(names))
    for part in ALL:
        again = part.again_after if isinstance(part, Step) else ()
        assert {*part.needs, *part.beside, *again} <= set(names), part.name


def test_no_two_services_share_a_port() -> None:
    ports = [port for part in ALL for port in part.ports]
    assert len(ports) == len(set(ports))


def test_choosing_brings_what_is_needed() -> None:
    chosen = choose(["connectors"])
    running = [part.name for part in chosen if not part.on_demand]
    assert running == ["postgres", "kafka", "connect", "migrations", "connectors"]
    assert [part.name for part in chosen if part.on_demand] == ["mlflow", "dagster"]
    assert choose() == ALL


def test_an_unknown_service_is_named() -> None:
    with pytest.raises(NotFoundError, match="No service named 'oracle'"):
        choose(["oracle"])
