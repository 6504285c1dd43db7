"""Every part of the local stack, in the order in which people like to read them."""

from __future__ import annotations

from collections.abc import Collection

from contracts.errors import NotFoundError
from deploy.local.service import Part
from deploy.local.services import connect, flink, kafka, postgres, valkey
from deploy.local.services.python import SERVICES
from deploy.local.services.steps import STEPS

ALL: tuple[Part, ...] = (
    postgres.SERVICE,
    kafka.SERVICE,
    connect.SERVICE,
    valkey.SERVICE,
    flink.JOB_MANAGER,
    flink.TASK_MANAGER,
    *STEPS,
    *SERVICES,
)


def choose(only: Collection[str] = ()) -> tuple[Part, ...]:
    """The named parts and all that they need or run beside; everything without a name.

    What is on demand comes along where its needs are met, to be asked for later. Raises NotFoundError for an unknown name.
    """
    known = {part.name: part for part in ALL}
    if unknown := [name for name in only if name not in known]:
        raise NotFoundError(f"No service named {unknown[0]!r}.", hint=f"There are: {', '.join(known)}.")
    chosen: set[str] = set()
    pending = list(only) or list(known)
    while pending:
        name = pending.pop()
        if name not in chosen:
            chosen.add(name)
            pending.extend((*known[name].needs, *known[name].beside))
    later = {part.name for part in ALL if part.on_demand and chosen.issuperset(part.needs)}
    return tuple(part for part in ALL if part.name in chosen | later)
