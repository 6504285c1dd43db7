"""The engines that the API and Feast need, on a state of their own, and an API in this process to ask."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn

from contracts.decisions import DecisionPolicy, load_policy
from contracts.settings import Settings
from deploy.local.parts import make_parts, postgres_binaries, to_fetch
from deploy.local.stack import start, stop
from serving.api.application import create_application
from tests.ports import free_ports

_SECONDS = 60.0


@contextmanager
def running_stack(*services: str) -> Iterator[Settings]:
    """Settings of a platform with these services up; ended and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="atalaya-serving-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL's unprivileged user has to pass
        settings = Settings(state=Path(folder), port_base=free_ports())
        if not postgres_binaries(settings).exists():
            make_parts(settings, to_fetch(settings))
        start(settings, services)
        try:
            yield settings
        finally:
            stop(settings)


@contextmanager
def running_api(
    settings: Settings, budget_ms: int | None = None, worker: int = 0, *, ready: bool = True
) -> Iterator[httpx.Client]:
    """A client with the demo key; `budget_ms` stands for the declared budget, which a busy machine can miss.

    A second API beside the first is another `worker`, on its own port; without `ready` it is given as soon as it answers.
    """
    port = settings.port("api") + 100 * worker
    policy = load_policy() if budget_ms is None else patient_policy(budget_ms)
    server = uvicorn.Server(
        uvicorn.Config(create_application(settings, worker, policy), settings.host, port, log_config=None)
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        headers = {"X-API-Key": settings.secret("api_key_demo").get_secret_value()}
        with httpx.Client(base_url=f"http://{settings.host}:{port}", headers=headers, timeout=30) as client:
            _await(client, "/ready" if ready else "/health")
            yield client
    finally:
        server.should_exit = True
        thread.join(_SECONDS)


def patient_policy(budget_ms: int) -> DecisionPolicy:
    """The declared policy with another budget."""
    declared = load_policy()
    return declared.model_copy(update={"fallback": declared.fallback.model_copy(update={"budget_ms": budget_ms})})


def _await(client: httpx.Client, path: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            answer = client.get(path)
            if answer.status_code == httpx.codes.OK:
                return
            seen = answer.text
        except httpx.TransportError as error:
            seen = repr(error)
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
