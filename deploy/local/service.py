"""What the supervisor has to know about a service, and about a step that runs once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.settings import Service as PortName
from contracts.settings import Settings

Hook = Callable[[Settings], None]

# The user PostgreSQL runs as when we are root: it refuses root, and needs an entry in the password file.
NOBODY = 65534


def _nothing(_settings: Settings) -> None:
    return


def _no_variables(_settings: Settings) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Service:
    """A process that should always run.

    `prepare` writes what the process reads, before each start. `probe` asks the process to do its work and raises
    until it did. `settle` brings its content (roles, topics) to the declared state, idempotently, after each start;
    only then the service is ready. All three run in threads, and may block. What it `needs` is ready before it starts;
    what it runs `beside` only comes along, because its own start-up can overlap with the other's.
    """

    name: str
    command: Callable[[Settings], Sequence[str]]
    probe: Hook
    ports: tuple[PortName, ...] = ()
    needs: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    prepare: Hook = _nothing
    settle: Hook = _nothing
    environment: Callable[[Settings], Mapping[str, str]] = _no_variables
    unprivileged: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    on_demand: bool = False
    page: bool = False


@dataclass(frozen=True)
class Step:
    """A command that has to succeed once per start, and again after any of `again_after` was restarted."""

    name: str
    command: Callable[[Settings], Sequence[str]]
    needs: tuple[str, ...] = ()
    again_after: tuple[str, ...] = ()
    environment: Callable[[Settings], Mapping[str, str]] = _no_variables
    on_demand: bool = field(default=False, init=False)
    ports: tuple[PortName, ...] = field(default=(), init=False)
    beside: tuple[str, ...] = field(default=(), init=False)


Part = Service | Step
