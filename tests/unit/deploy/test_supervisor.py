"""The supervisor, with small real processes in place of engines."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest

from contracts.errors import TransientError
from contracts.settings import PROJECT, Settings
from deploy.local.process import RUN_TAG, is_running, tagged
from deploy.local.service import Part, Service, Step
from deploy.local.status import State
from deploy.local.supervisor import Supervisor

RUN = f"test-{os.getpid()}"
SECONDS = 60.0
FAMILY = "import subprocess, time; subprocess.Popen(['sleep', '600'], start_new_session=True); time.sleep(600)"


def lasting(name: str, **options: object) -> Service:
    """A process that writes a file when it works, and a probe that looks for it."""

    def command(settings: Settings) -> list[str]:
        file = settings.state / name
        return [sys.executable, "-c", f"import time; open({str(file)!r}, 'a').write('x'); time.sleep(600)"]

    def probe(settings: Settings) -> None:
        if not (settings.state / name).exists():
            raise TransientError("not yet")

    return Service(name=name, command=command, probe=probe, **options)  # type: ignore[arg-type]


def once(name: str, code: str, **options: object) -> Step:
    return Step(name=name, command=lambda _: [sys.executable, "-c", code], **options)  # type: ignore[arg-type]


Story = Callable[[Supervisor], Coroutine[None, None, None]]


def play(state: Path, parts: list[Part], story: Story, wanted: frozenset[str] = frozenset()) -> Supervisor:
    """Supervise `parts` while the story runs; afterwards nothing of the run may live."""

    async def scene() -> Supervisor:
        supervisor = Supervisor(Settings(state=state), parts, RUN, wanted)
        running = asyncio.create_task(supervisor.supervise(os.getpid()))
        await asyncio.sleep(0)
        try:
            await asyncio.wait_for(story(supervisor), SECONDS)
        finally:
            supervisor.stop()
            await asyncio.wait_for(running, SECONDS)
        return supervisor

    supervisor = asyncio.run(scene())
    assert not [pid for pid in tagged(RUN_TAG, RUN) if is_running(pid)]
    return supervisor


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the condition is another process's doing
        await asyncio.sleep(0.05)


async def all_ready(supervisor: Supervisor) -> None:
    await until(lambda: supervisor.status.ready)


def test_a_part_starts_after_what_it_needs(tmp_path: Path) -> None:
    code = f"import os, sys; sys.exit(not os.path.exists({str(tmp_path / 'first')!r}))"
    supervisor = play(tmp_path, [once("second", code, needs=("first",)), lasting("first")], all_ready)
    assert supervisor.status.parts["second"].restarts == 0
    assert {part.state for part in supervisor.status.parts.values()} == {State.STOPPED}


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    async def story(supervisor: Supervisor) -> None:
        await all_ready(supervisor)
        part = supervisor.status.parts["some"]
        first = part.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: part.state is State.READY and part.pid != first)
        assert part.restarts == 1

    play(tmp_path, [lasting("some")], story)


def test_a_step_runs_again_after_what_it_prepares_was_restarted(tmp_path: Path) -> None:
    log = tmp_path / "runs"
    code = f"open({str(log)!r}, 'a').write('x')"

    async def story(supervisor: Supervisor) -> None:
        await all_ready(supervisor)
        assert log.read_text(encoding="utf-8") == "x"
        pid = supervisor.status.parts["engine"].pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: log.read_text(encoding="utf-8") == "xx")

    play(tmp_path, [lasting("engine"), once("job", code, needs=("engine",), again_after=("engine",))], story)


def test_a_failing_step_is_tried_again(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code = f"import os, sys; p={str(seen)!r}; done = os.path.exists(p); open(p, 'w').close(); sys.exit(not done)"
    supervisor = play(tmp_path, [once("job", code)], all_ready)
    assert supervisor.status.parts["job"].restarts == 1


def test_on_demand_starts_when_wanted_and_ends_when_not(tmp_path: Path) -> None:
    async def story(supervisor: Supervisor) -> None:
        part = supervisor.status.parts["page"]
        assert supervisor.status.ready
        assert part.state is State.ABSENT
        supervisor.want(frozenset({"page"}))
        await until(lambda: part.state is State.READY)
        pid = part.pid
        assert pid is not None
        supervisor.want(frozenset())
        await until(lambda: part.state is State.ABSENT)
        assert not is_running(pid)

    play(tmp_path, [lasting("page", on_demand=True)], story)


def test_grandchildren_in_their_own_session_end_too(tmp_path: Path) -> None:
    service = Service(name="parent", command=lambda _: [sys.executable, "-c", FAMILY], probe=lambda _: None)

    async def story(supervisor: Supervisor) -> None:
        await all_ready(supervisor)
        await until(lambda: len(tagged(RUN_TAG, RUN)) == 2)

    play(tmp_path, [service], story)


@pytest.mark.parametrize("missing", ["/no/such/program"])
def test_a_program_that_is_not_there_is_said(tmp_path: Path, missing: str) -> None:
    async def story(supervisor: Supervisor) -> None:
        await until(lambda: missing in supervisor.status.parts["some"].message)

    play(tmp_path, [Service(name="some", command=lambda _: [missing], probe=lambda _: None)], story)


@pytest.mark.parametrize("missing", ["/no/such/program"])
def test_a_step_whose_program_is_not_there_is_said_and_tried_again(tmp_path: Path, missing: str) -> None:
    """The program appears late, as an environment that is still being installed does."""
    late = tmp_path / "late"

    def command(_settings: Settings) -> list[str]:
        return [sys.executable, "-c", ""] if late.exists() else [missing]

    async def story(supervisor: Supervisor) -> None:
        part = supervisor.status.parts["job"]
        await until(lambda: missing in part.message)
        late.touch()
        await until(lambda: part.state is State.READY)

    play(tmp_path, [Step(name="job", command=command)], story)


class Unforeseen(tuple[str, ...]):
    """Needs that fail when they are looked at: the part's own task ends with an exception that nobody catches."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("unforeseen")


def test_a_part_that_fails_in_an_unforeseen_way_does_not_keep_the_others_from_ending(tmp_path: Path) -> None:
    async def story(supervisor: Supervisor) -> None:
        await until(lambda: supervisor.status.parts["other"].state is State.READY)

    supervisor = play(tmp_path, [lasting("other"), lasting("broken", needs=Unforeseen())], story)
    assert {part.state for part in supervisor.status.parts.values()} == {State.STOPPED}


SUPERVISOR = f"""
import asyncio, os, sys
from pathlib import Path
from deploy.local.guardian import fork_guardian
lifeline = fork_guardian(sys.argv[1])
from contracts.settings import Settings
from deploy.local.service import Service
from deploy.local.supervisor import Supervisor
part = Service(name='parent', command=lambda _: [sys.executable, '-c', {FAMILY!r}], probe=lambda _: None)
asyncio.run(Supervisor(Settings(state=Path(sys.argv[2])), [part], sys.argv[1]).supervise(os.getpid()))
"""


def test_a_killed_supervisor_leaves_nothing(tmp_path: Path) -> None:
    run = f"killed-{os.getpid()}"
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, run, str(tmp_path)], cwd=PROJECT)
    wait_for(lambda: len(tagged(RUN_TAG, run)) == 2)
    family = tagged(RUN_TAG, run)
    supervisor.kill()
    supervisor.wait()
    wait_for(lambda: not any(is_running(pid) for pid in family))
    assert not tagged(RUN_TAG, run)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
