"""Small worlds for tests, each built once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache

from contracts.tables import find_table
from sources.bulk import csv_bytes
from sources.workload.sizes import parse_size
from sources.workload.world import World, build_world

AS_OF = datetime(2026, 11, 22, 17, tzinfo=UTC)


@cache
def world(seed: int, size: str = "tiny") -> World:
    return build_world(seed, parse_size(size), AS_OF)


def digest(built: World) -> str:
    """The bytes that COPY would get, and the truth."""
    hashed = hashlib.sha256()
    for (app, name), rows in built.tables.items():
        hashed.update(csv_bytes(list(find_table(app, name).columns), rows))
    for name, values in built.truth.items():
        hashed.update(name.encode() + repr(values.tolist()).encode())
    return hashed.hexdigest()
