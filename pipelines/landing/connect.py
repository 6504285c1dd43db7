"""Kafka Connect's REST interface, as far as landing needs it."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

import httpx

from contracts.errors import ConfigurationError, PermanentError, TransientError
from contracts.settings import Settings

# A PUT can take longer than five seconds while the worker starts.
_REQUEST_TIMEOUT_SECONDS = 30
_RETRY_SECONDS = 1.0
_REASON_LENGTH = 200


def put_connector(settings: Settings, name: str, configuration: dict[str, str], deadline: float) -> None:
    """Create or change a connector; the same configuration again changes nothing.

    `deadline` is on the monotonic clock. Raises ConfigurationError when Connect refuses the configuration, and
    TransientError when it does not answer in time.
    """
    path = f"/connectors/{name}/config"
    response = _request(settings, "PUT", path, deadline, json=configuration)
    if response.is_error:
        raise ConfigurationError(f"Kafka Connect refuses connector {name!r}: {_reason(response)}")


def task_states(settings: Settings, name: str, deadline: float) -> tuple[str, ...]:
    """The states of a connector and its tasks; no task yet gives a single word for the connector.

    A connector can say RUNNING while its only task has FAILED, hence both. Raises PermanentError with the first line
    of the trace when a task has failed.
    """
    response = _request(settings, "GET", f"/connectors/{name}/status", deadline)
    if response.is_error:
        return ()
    status: dict[str, Any] = response.json()
    for part in (status["connector"], *status["tasks"]):
        if part["state"] == "FAILED":
            reason = str(part.get("trace", "no trace")).splitlines()[0][:_REASON_LENGTH]
            raise PermanentError(
                f"Connector {name!r} failed: {reason}", hint="See the log of 'connect' for the whole trace."
            )
    return (status["connector"]["state"], *(task["state"] for task in status["tasks"]))


def restart_failed(settings: Settings, name: str, deadline: float) -> None:
    """Start the failed tasks of a connector again, so that registering repairs what an outage broke."""
    _request(settings, "POST", f"/connectors/{name}/restart?includeTasks=true&onlyFailed=true", deadline)


def _request(
    settings: Settings, method: str, path: str, deadline: float, json: dict[str, str] | None = None
) -> httpx.Response:
    while True:
        problem = "no answer"
        try:
            response = httpx.request(
                method, f"{settings.connect_url}{path}", json=json, timeout=_REQUEST_TIMEOUT_SECONDS
            )
        except httpx.TransportError as error:
            problem = type(error).__name__
        else:
            if not _is_passing(response):
                return response
            problem = _reason(response)
        if time.monotonic() > deadline:
            raise TransientError(
                f"Kafka Connect at {settings.connect_url} does not do {method} {path}: {problem}.",
                hint="Look at the log of 'connect'.",
            )
        time.sleep(_RETRY_SECONDS)


def _is_passing(response: httpx.Response) -> bool:
    """Whether waiting helps: a rebalance answers 409, a worker that starts 5xx."""
    return response.status_code == HTTPStatus.CONFLICT or response.is_server_error


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"
