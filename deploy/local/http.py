"""Small HTTP questions to our own services: a client library's set-up would cost more than the question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from contracts.errors import TransientError

_TIMEOUT_SECONDS = 30.0  # Connect was seen to think for more than 5 s while it starts


def ask(url: str, body: Mapping[str, object] | None = None) -> str:
    """The text of a page, or of the answer to a JSON body; raises TransientError for anything but 200."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
    except OSError as error:
        raise TransientError(f"{url} does not answer: {error}.") from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise TransientError(f"{url} answers {answer.status}.")
    return text


def ask_json(url: str) -> Any:  # noqa: ANN401 - JSON is whatever the service says
    """The parsed answer of a page."""
    return json.loads(ask(url))
