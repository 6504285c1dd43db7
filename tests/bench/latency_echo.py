"""Somebody who answers every request at once: `python -m tests.bench.latency_echo`, until its input ends."""

from __future__ import annotations

import sys

from contracts.settings import load_settings
from tests.integration.echo_job import EchoJob


def main() -> None:
    """Say `ready` when listening."""
    echo = EchoJob(load_settings().kafka_bootstrap)
    echo.start()
    print("ready", flush=True)
    sys.stdin.read()
    echo.close()


if __name__ == "__main__":
    main()
