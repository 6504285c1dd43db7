"""`python -m serving.recorder`: records until SIGTERM. Its port answers with Prometheus metrics once it is ready."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from types import FrameType
from typing import Any

import psycopg
from prometheus_client import start_http_server
from psycopg import Connection

from contracts.settings import Settings, load_settings
from feature_repo.online import OnlineActivity
from serving import platform_schema
from serving.recorder.recorder import Recorder, open_consumer
from serving.recorder.vectors import VectorWriter

_CONNECT_SECONDS = 10


def connect(settings: Settings) -> Connection[Any]:
    """The platform database, each statement its own transaction unless one is opened."""
    return psycopg.connect(settings.database_url("platform"), autocommit=True, connect_timeout=_CONNECT_SECONDS)


def main() -> int:
    """Run until told to stop; 0 after a clean end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = load_settings()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with connect(settings) as connection:
        platform_schema.apply(connection)
    vectors = VectorWriter(lambda: OnlineActivity(settings))
    recorder = Recorder(open_consumer(settings.kafka_bootstrap), lambda: connect(settings), vectors)
    start_http_server(settings.port("recorder"), settings.host)
    recorder.run(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
