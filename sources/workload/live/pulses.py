"""What the systems do of themselves, second by second, beside the movements of their users: prices, quotes, health checks.

Each system gives one function. All share a connection and a thread, so that they never slow the movements down.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import psycopg

from contracts.settings import Settings
from sources.workload.caas import pulse as caas
from sources.workload.diasporacore import pulse as diasporacore
from sources.workload.live import invoicing
from sources.workload.nexafi import pulse as nexafi
from sources.workload.raisket import pulse as raisket
from sources.workload.streams import stream
from sources.workload.stsa import pulse as stsa
from sources.workload.tontines import pulse as tontines

Connection = psycopg.Connection[Any]

# Writes what is due in this second, in transactions of its own; gives the rows that it wrote, by `<app>.<table>`.
Pulse = Callable[[Connection, np.random.Generator, datetime, int], Counter[str]]

PULSES: dict[str, Pulse] = {
    "caas": caas.pulse,
    "diasporacore": diasporacore.pulse,
    "finflow": invoicing.beat,
    "nexafi": nexafi.beat,
    "raisket": raisket.pulse,
    "stsa": stsa.pulse,
    "tontines": tontines.beat,
}

_SECOND = 1.0


@contextmanager
def beating(settings: Settings, seed: int, now: Callable[[], datetime]) -> Iterator[Counter[str]]:
    """Beat once a second for the length of a `with`; the rows written so far, by `<app>.<table>`.

    Raises what a pulse raised, when the `with` ends.
    """
    rows: Counter[str] = Counter()
    ended = threading.Event()
    failed: list[Exception] = []

    def beat() -> None:
        try:
            with psycopg.connect(settings.database_url("operations"), autocommit=True) as connection:
                second = 0
                while not ended.wait(_SECOND):
                    for app, pulse in PULSES.items():
                        rows.update(pulse(connection, stream(seed, "pulse", app, str(second)), now(), second))
                    second += 1
        except Exception as error:  # noqa: BLE001 - told by the thread that waits for this one
            failed.append(error)

    thread = threading.Thread(target=beat, name="pulses", daemon=True)
    thread.start()
    try:
        yield rows
    finally:
        ended.set()
        thread.join()
    if failed:
        raise failed[0]
