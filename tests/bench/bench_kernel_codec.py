"""What surrounds the kernel, in nanoseconds of CPU for each event: reading, passing on, writing; quick way beside plain way.

Plain is a tree for reading, Flink's own strings for passing on, text in two passes for writing. Both ways are measured in
turn within one warm JVM, the median of the rounds; a `…_ratio` is plain over quick.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from contracts.benchmarks import Figure
from contracts.settings import Settings
from tests.unit.streaming.codec_process import CodecProcess
from tests.unit.streaming.kernel_process import EVENTS, START, event, movement

RUNS = 3

_ROUNDS, _QUICK_ROUNDS = 15, 3
_EVENTS = 200
_WORK = ("read", "values", "write")
_CURRENCIES = ("CAD", "USD", "EUR", "GBP", "INR", "NGN", "PHP", "MXN")
_COUNTRIES = ("CA", "US", "IN", "NG", "PH", "MX", None)
_JVM = ("-XX:+UseSerialGC", "-Xms512m", "-Xmx512m")


def measure(settings: Settings, *, quick: bool = False) -> Mapping[str, Figure]:
    """One JVM of its own; half a minute, or some seconds when `quick`."""
    settings.state.mkdir(parents=True, exist_ok=True)
    command = {"topic": EVENTS, "messages": _messages(), "rounds": _QUICK_ROUNDS if quick else _ROUNDS}
    with tempfile.TemporaryDirectory(dir=settings.state) as folder, CodecProcess(Path(folder), _JVM) as codec:
        nanos = codec.ask({"measure": command})
    figures: dict[str, Figure] = {}
    for work in _WORK:
        figures[work] = Figure(nanos[work], "ns/event")
        figures[f"{work}_plain"] = Figure(nanos[f"{work}_plain"], "ns/event")
        figures[f"{work}_ratio"] = Figure(nanos[f"{work}_plain"] / nanos[work], "")
    return figures


def _messages() -> list[dict[str, Any]]:
    """Events as the generators make them: identifiers of their length, some fields null or left out."""
    return [
        event(
            movement(
                f"ff-{number:032x}",
                START + timedelta(microseconds=number * 137_911),
                account_id=f"finflow:acc-{number % 50:08d}",
                customer_id=f"finflow:cus-{number % 40:08d}",
                counterparty_id=f"finflow:mer-{number % 30:08d}" if number % 5 else None,
                counterparty_country=_COUNTRIES[number % len(_COUNTRIES)],
                device_id=f"dev-{number % 60:016x}" if number % 3 else None,
                ip_country=_COUNTRIES[number * 3 % len(_COUNTRIES)],
                currency=_CURRENCIES[number % len(_CURRENCIES)],
                amount_minor=number * 7919 + 1,
                amount_usd_minor=number * 5801 + 1,
            ),
            datacontenttype="application/json",
        )
        for number in range(_EVENTS)
    ]
