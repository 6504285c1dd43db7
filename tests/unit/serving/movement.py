"""A movement as an app asks about it, and what is needed to decide on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

from serving.decisions.request import EXAMPLE, read_request

NOW = datetime(2026, 11, 22, 14, 6, 0, tzinfo=UTC)


def request(**changes: object) -> dict[str, Any]:
    """The body of a request; a change to `...` leaves the field out."""
    return {name: value for name, value in {**EXAMPLE, **changes}.items() if value is not ...}


def event(**changes: object) -> dict[str, Any]:
    """The event that the request becomes."""
    return read_request(orjson.dumps(request(**changes)), "event-1", NOW)


def movement(**changes: object) -> dict[str, Any]:
    """The complete movement."""
    data: dict[str, Any] = event(**changes)["data"]
    return data
