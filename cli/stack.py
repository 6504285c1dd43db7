"""Starting the stack in front of a person: what is downloaded, what is starting, what is ready."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rich.live import Live
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn, TransferSpeedColumn
from rich.table import Table

from cli.console import console
from contracts.settings import Settings
from deploy.local.status import StackStatus, State

_COLOURS = {State.READY: "green", State.FAILED: "red", State.BACK_OFF: "yellow", State.STARTING: "cyan"}


@dataclass(frozen=True)
class Started:
    """What a start took, in seconds; downloads depend on the network and are counted apart."""

    download_seconds: float
    start_seconds: float
    status: StackStatus


def bring_up(settings: Settings, only: Collection[str] = ()) -> Started:
    """Fetch what is missing and start the stack, with progress; raises what `deploy.local.stack.start` raises."""
    from deploy.local.stack import start

    download_seconds = fetch_parts(settings)
    started = time.monotonic()
    if console.is_terminal:
        with Live(console=console, transient=True, refresh_per_second=4) as live:
            status = start(settings, only, lambda seen: live.update(services_table(seen)))
    else:
        status = start(settings, only, _ReadyLines())
    return Started(download_seconds, time.monotonic() - started, status)


def fetch_parts(settings: Settings) -> float:
    """Download and unpack the Java parts that are missing; the seconds that the download took."""
    from deploy.local.parts import make_parts, to_fetch

    jars = to_fetch(settings)
    if not jars:
        make_parts(settings, [])
        return 0.0
    started = time.monotonic()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"{len(jars)} Java parts", total=sum(jar.size for jar in jars))
        make_parts(settings, jars, lambda count: progress.advance(task, count))
    seconds = time.monotonic() - started
    console.print(f"downloaded {len(jars)} Java parts in {seconds:.1f} s")
    return seconds


def services_table(status: StackStatus, memory: Mapping[str, int] | None = None) -> Table:
    """The parts with their state, what it took them to become ready, and their memory in bytes where it is known."""
    table = Table(box=None, pad_edge=False)
    for column in ("service", "state", "ready after", "restarts", "memory", ""):
        table.add_column(column, style="dim" if not column else None)
    for name, part in status.parts.items():
        colour = _COLOURS.get(part.state, "dim")
        seconds = f"{part.ready_seconds:.1f} s" if part.ready_seconds is not None else ""
        message = part.message.splitlines()[0][:80] if part.message else ""
        used = f"{memory[name] / 2**20:.0f} MiB" if memory and name in memory else ""
        table.add_row(name, f"[{colour}]{part.state}[/]", seconds, str(part.restarts or ""), used, message)
    return table


def links(settings: Settings, status: StackStatus) -> dict[str, str]:
    """The pages of the running stack, by service."""
    from deploy.local.service import Service
    from deploy.local.services import ALL

    pages = [part for part in ALL if isinstance(part, Service) and part.page]
    ready = [part for part in pages if part.name in status.parts and status.parts[part.name].state is State.READY]
    return {part.name: settings.url(part.ports[0]) for part in ready}


class _ReadyLines:
    """One line per part as it becomes ready, where there is no terminal to draw on."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def __call__(self, status: StackStatus) -> None:
        for name, part in status.parts.items():
            if part.state is State.READY and name not in self._said:
                self._said.add(name)
                console.print(f"{name} ready after {part.ready_seconds} s")
