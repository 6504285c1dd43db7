"""Durations as contracts write them: `30d`, `24h`, `1m`, `500ms`."""

from __future__ import annotations

import re
from datetime import timedelta

from contracts.errors import ConfigurationError

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_PATTERN = re.compile(r"^(\d+)(ms|s|m|h|d)$")


def parse_duration(text: str) -> timedelta:
    """The duration that `text` says; raises ConfigurationError for anything but a count and one unit."""
    match = _PATTERN.match(text)
    if match is None:
        raise ConfigurationError(f"{text!r} is not a duration.", hint="Write a count and one of ms, s, m, h, d: '24h'.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def duration_text(duration: timedelta) -> str:
    """What `parse_duration` reads back as this duration, in the largest unit that counts it whole."""
    milliseconds = round(duration.total_seconds() * 1000)
    unit = next(unit for unit in reversed(_UNITS) if milliseconds % round(_UNITS[unit] * 1000) == 0)
    return f"{milliseconds // round(_UNITS[unit] * 1000)}{unit}"
