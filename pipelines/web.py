"""Dagster's page with its daemon, on the platform's own instance: `python -m pipelines.web HOST PORT`."""

from __future__ import annotations

import os
import sys

from contracts.settings import load_settings
from pipelines.instance import prepare_instance


def main(host: str, port: str) -> None:
    """Become `dagster dev`, so that signals reach it and not us."""
    prepare_instance(load_settings())
    options = ["-m", "dagster", "dev", "-m", "pipelines.definitions", "--host", host, "--port", port]
    os.execv(sys.executable, [sys.executable, *options])  # noqa: S606 - our own interpreter, no shell


if __name__ == "__main__":
    main(*sys.argv[1:3])
