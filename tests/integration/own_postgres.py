"""A PostgreSQL of one's own, with the platform's roles and empty databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from contracts.settings import Settings
from deploy.local.layout import data
from deploy.local.parts import make_parts, postgres_binaries, to_fetch
from deploy.local.secrets import ensure_secrets
from deploy.local.service import NOBODY
from deploy.local.services.postgres import SERVICE as POSTGRES
from tests.ports import free_ports

START_SECONDS = 60


@contextmanager
def running_postgres() -> Iterator[Settings]:
    """Settings of a running PostgreSQL; ended and removed afterwards."""
    # Below a folder that others may pass: as root, PostgreSQL runs as nobody.
    state = Path(tempfile.mkdtemp(prefix="atalaya-test-"))
    state.chmod(0o755)
    settings = Settings(state=state, port_base=free_ports())
    ensure_secrets(settings)
    if not postgres_binaries(settings).exists():
        make_parts(settings, to_fetch(settings))
    POSTGRES.prepare(settings)
    nobody = NOBODY if os.geteuid() == 0 else None
    log = state.joinpath("postgres.log").open("wb")
    server = subprocess.Popen(
        POSTGRES.command(settings),
        cwd=data(settings, "postgres"),
        stdout=log,
        stderr=log,
        user=nobody,
        group=nobody,
        extra_groups=[] if nobody else None,
    )
    try:
        _await(settings)
        POSTGRES.settle(settings)
        yield settings
    finally:
        server.send_signal(POSTGRES.stop_signal)
        server.wait(timeout=START_SECONDS)
        log.close()
        shutil.rmtree(state)


def _await(settings: Settings) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return POSTGRES.probe(settings)
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
