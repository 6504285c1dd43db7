"""What the supervisor says about itself and its services, in one file that is replaced at each change."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from contracts.settings import Settings
from deploy.local.layout import status_file, write_atomically
from deploy.local.process import is_running


class State(StrEnum):
    """Where a service or a step stands."""

    ABSENT = "absent"  # on demand, and not asked for
    WAITING = "waiting"  # for what it needs
    STARTING = "starting"
    READY = "ready"
    BACK_OFF = "back-off"  # it ended, and is started again after a pause
    FAILED = "failed"  # it never became ready within its time; still tried
    STOPPED = "stopped"


@dataclass
class PartStatus:
    """One service or step; `cpu_seconds` is what a service had used when it became ready, whatever else ran."""

    state: State = State.WAITING
    pid: int | None = None
    restarts: int = 0
    ready_seconds: float | None = None
    cpu_seconds: float | None = None
    message: str = ""
    log: str = ""


@dataclass
class StackStatus:
    """The whole stack; `ready_seconds` counts from the supervisor's start to the last service ready."""

    supervisor: int
    run: str
    state_directory: str
    port_base: int
    started_at: float
    ready_seconds: float | None = None
    peak_pss_bytes: int = 0
    parts: dict[str, PartStatus] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Whether everything that was asked for did its work once."""
        return all(part.state in {State.READY, State.ABSENT} for part in self.parts.values())

    @property
    def failed(self) -> list[str]:
        """The parts that did not become ready in their time."""
        return [name for name, part in self.parts.items() if part.state is State.FAILED]

    def write(self, settings: Settings) -> None:
        """Replace the file; `ready_seconds` is set the first time everything is ready."""
        if self.ready_seconds is None and self.ready:
            self.ready_seconds = round(time.time() - self.started_at, 1)
        write_atomically(status_file(settings), json.dumps(asdict(self), indent=1))


def read_status(settings: Settings) -> StackStatus | None:
    """The status of the running stack; None when none runs."""
    try:
        document = json.loads(status_file(settings).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    parts = {name: PartStatus(**{**one, "state": State(one["state"])}) for name, one in document.pop("parts").items()}
    status = StackStatus(**document, parts=parts)
    return status if is_running(status.supervisor) and status.supervisor != os.getpid() else None
