"""Whose port is it: a start refuses to share one, and says who has it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from deploy.local.process import process_ids
from deploy.local.service import Part

_LISTEN = "0A"


def check_ports(settings: Settings, parts: Iterable[Part]) -> None:
    """Raise ConfigurationError for the first port of `parts` that somebody else listens on."""
    for part in parts:
        for name in part.ports:
            port = settings.port(name)
            if not is_free(settings.host, port):
                raise ConfigurationError(
                    f"Port {port} ({name.replace('_', ' ')}) is in use by {owner_of(port)}.",
                    hint="End that program, or choose other ports: ATALAYA_PORT_BASE=26100.",
                )


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def owner_of(port: int) -> str:
    """The process that listens on a port, as 'pid 123 (name)', as far as we may see."""
    inodes = _listening_inodes(port)
    for pid in process_ids():
        with contextlib.suppress(OSError):
            for descriptor in (Path("/proc") / str(pid) / "fd").iterdir():
                if descriptor.readlink().name.removeprefix("socket:").strip("[]") in inodes:
                    name = (Path("/proc") / str(pid) / "comm").read_text(encoding="utf-8").strip()
                    return f"process {pid} ({name})"
    return "a process of another user"


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in (Path("/proc/net") / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(fields[9])
    return found
