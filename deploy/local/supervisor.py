"""The supervisor: starts the parts, keeps them running, and ends them in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from contracts.settings import Settings
from deploy.local.child import Child, stop_signal_of
from deploy.local.layout import logs
from deploy.local.logfiles import bound_logs
from deploy.local.memory import stack_pss_bytes
from deploy.local.process import cpu_seconds
from deploy.local.service import Part, Service, Step
from deploy.local.status import PartStatus, StackStatus, State

_LOGGER = logging.getLogger(__name__)

READY_SECONDS = 300.0  # with four processes for each core, a start was seen to take 105 s
_PROBE_PAUSE_SECONDS = 0.4
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_HEALTHY_SECONDS = 60.0
_STEP_ATTEMPTS = 5
_HOUSEKEEPING_SECONDS = 10.0


class Supervisor:
    """One run of the stack; `wanted` names the on-demand services that should run too."""

    def __init__(
        self, settings: Settings, parts: Sequence[Part], run: str, wanted: frozenset[str] = frozenset()
    ) -> None:
        self._settings = settings
        self._parts = {part.name: part for part in parts}
        self._ready = {name: asyncio.Event() for name in self._parts}
        self._generation = dict.fromkeys(self._parts, 0)
        self._wanted = wanted
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._children: dict[str, Child] = {}
        self._stopping = asyncio.Event()
        self._run = run
        self.status = StackStatus(
            supervisor=0,
            run=run,
            state_directory=str(settings.state),
            port_base=settings.port_base,
            started_at=time.time(),
        )

    async def supervise(self, supervisor_pid: int) -> None:
        """Run until `stop` is called; on return no part runs."""
        self.status.supervisor = supervisor_pid
        for name, part in self._parts.items():
            log = str(logs(self._settings) / f"{name}.log")
            absent = part.on_demand and name not in self._wanted
            self.status.parts[name] = PartStatus(state=State.ABSENT if absent else State.WAITING, log=log)
            if not absent:
                self._begin(part)
        self.status.write(self._settings)
        housekeeping = asyncio.create_task(self._keep_house())
        await self._stopping.wait()
        housekeeping.cancel()
        await self._end_everything()

    def stop(self) -> None:
        """End the run, from a signal handler or another task."""
        self._stopping.set()

    def want(self, names: frozenset[str]) -> None:
        """Start and end on-demand services until exactly `names` of them run."""
        for name, part in self._parts.items():
            if part.on_demand and name in names and name not in self._tasks:
                self._begin(part)
            elif part.on_demand and name not in names and name in self._tasks:
                self._leaving.add(asyncio.create_task(self._leave(name)))

    async def _leave(self, name: str) -> None:
        await self._end(name)
        self._note(name, State.ABSENT)

    def _begin(self, part: Part) -> None:
        keep = self._keep_service(part) if isinstance(part, Service) else self._keep_step(part)
        self._tasks[part.name] = asyncio.create_task(keep, name=part.name)

    async def _keep_service(self, service: Service) -> None:
        """Start a service again whenever it ends, after a pause that grows while it keeps ending early."""
        early_ends = 0
        while True:
            await self._wait_for_needs(service)
            started = time.monotonic()
            problem = await self._run_once(service)
            healthy = self._ready[service.name].is_set() and time.monotonic() - started > _HEALTHY_SECONDS
            self._ready[service.name].clear()
            early_ends = 1 if healthy else early_ends + 1
            pause = _BACK_OFF_SECONDS[min(early_ends, len(_BACK_OFF_SECONDS)) - 1]
            state = State.FAILED if early_ends >= len(_BACK_OFF_SECONDS) else State.BACK_OFF
            self.status.parts[service.name].restarts += 1
            _LOGGER.warning("%s ended (%s); again in %.1f s", service.name, problem, pause)
            self._note(service.name, state, problem)
            await asyncio.sleep(pause)

    async def _run_once(self, service: Service) -> str:
        """One life of a service; how it ended."""
        started = time.monotonic()
        self._note(service.name, State.STARTING)
        try:
            await asyncio.to_thread(service.prepare, self._settings)
            child = await Child.start(self._settings, service, self._run)
        except Exception as error:  # noqa: BLE001 - whatever keeps a service from starting is tried again and shown
            return f"did not start: {error}"
        self._children[service.name] = child
        self.status.parts[service.name].pid = child.pid
        getting_ready = asyncio.create_task(self._get_ready(service, started))
        try:
            code = await child.wait()
        finally:
            getting_ready.cancel()
        await child.end(stop_signal_of(service))
        return f"exit code {code}"

    async def _get_ready(self, service: Service, started: float) -> None:
        """Probe until the service did its work, and settle it."""
        while True:
            try:
                await asyncio.to_thread(service.probe, self._settings)
                await asyncio.to_thread(service.settle, self._settings)
                break
            except Exception as error:  # noqa: BLE001 - clients raise their own classes while a server starts
                late = time.monotonic() - started > READY_SECONDS
                self._note(service.name, State.FAILED if late else State.STARTING, f"{type(error).__name__}: {error}")
            await asyncio.sleep(_PROBE_PAUSE_SECONDS)
        pid = self.status.parts[service.name].pid
        self.status.parts[service.name].cpu_seconds = cpu_seconds(pid) if pid else None
        self._now_ready(service.name, started)

    async def _keep_step(self, step: Step) -> None:
        """Run a step, and again whenever one of the services it prepares was restarted."""
        while True:
            await self._wait_for_needs(step)
            seen = self._generations(step)
            await self._run_step(step)
            while self._generations(step) == seen:  # noqa: ASYNC110 - several services, and a second is soon enough
                await asyncio.sleep(1.0)
            self._ready[step.name].clear()
            self._note(step.name, State.WAITING, "a service it prepares was restarted")

    async def _run_step(self, step: Step) -> None:
        started = time.monotonic()
        attempt = 0
        while True:
            self._note(step.name, State.STARTING)
            problem = await self._try_step(step)
            if not problem:
                self._now_ready(step.name, started)
                return
            attempt += 1
            self.status.parts[step.name].restarts = attempt
            state = State.FAILED if attempt >= _STEP_ATTEMPTS else State.BACK_OFF
            self._note(step.name, state, problem)
            await asyncio.sleep(_BACK_OFF_SECONDS[min(attempt, len(_BACK_OFF_SECONDS)) - 1])

    async def _try_step(self, step: Step) -> str:
        """Run a step's command to its end; what went wrong, or nothing."""
        try:
            child = await Child.start(self._settings, step, self._run)
        except Exception as error:  # noqa: BLE001 - as with services: shown and tried again
            return f"did not start: {error}"
        self._children[step.name] = child
        code = await child.wait()
        return f"exit code {code}" if code else ""

    async def _wait_for_needs(self, part: Part) -> None:
        for need in part.needs:
            if need in self._ready:
                await self._ready[need].wait()

    def _generations(self, step: Step) -> list[int]:
        return [self._generation[name] for name in step.again_after if name in self._generation]

    def _now_ready(self, name: str, started: float) -> None:
        self._generation[name] += 1
        self.status.parts[name].ready_seconds = round(time.monotonic() - started, 1)
        self._ready[name].set()
        self._note(name, State.READY)

    def _note(self, name: str, state: State, message: str = "") -> None:
        part = self.status.parts[name]
        if (part.state, part.message) != (state, message):
            part.state, part.message = state, message
            self.status.write(self._settings)

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)
            await asyncio.to_thread(bound_logs, logs(self._settings))
            used = await asyncio.to_thread(stack_pss_bytes, self._settings)
            if used > self.status.peak_pss_bytes:
                self.status.peak_pss_bytes = used
                self.status.write(self._settings)

    async def _end_everything(self) -> None:
        """End the parts in reverse order of need, as parallel as that allows."""
        ends: dict[str, asyncio.Task[None]] = {}

        async def end_after_users(name: str) -> None:
            users = [ends[part.name] for part in self._parts.values() if name in part.needs and part.name in ends]
            await asyncio.gather(*users)
            await self._end(name)
            self._note(name, State.STOPPED)

        for name in list(self._tasks):
            ends[name] = asyncio.create_task(end_after_users(name))
        await asyncio.gather(*ends.values())

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        except Exception:
            # The process must end all the same, and so must the other parts.
            _LOGGER.exception("the care of %s had ended by itself", name)
        self._ready[name].clear()
        if child := self._children.pop(name, None):
            await child.end(stop_signal_of(self._parts[name]))
