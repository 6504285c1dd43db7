"""Ports for the engines of tests: a hundred in a row of which nobody uses one, apart for each process of a parallel run."""

from __future__ import annotations

import os

from contracts.settings import PORT_OFFSETS, Settings
from deploy.local.ports import is_free

# Below the ports that Linux gives to clients, above the platform's own.
_FIRST, _EACH = 27_100, 2_800


def free_ports() -> int:
    """A port base for a stack."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = _FIRST + worker * _EACH
    for base in range(first, first + _EACH, 100):
        if all(is_free(Settings().host, base + offset) for offset in PORT_OFFSETS.values()):
            return base
    raise AssertionError(f"no free ports from {first} on")
