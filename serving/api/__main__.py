"""`python -m serving.api [--worker N]`: serves until SIGTERM."""

from __future__ import annotations

import argparse
import logging

import uvicorn

from contracts.settings import load_settings
from serving.api.application import create_application


def main() -> None:
    """Serve on the stack's address; each of several processes needs its own worker number."""
    parser = argparse.ArgumentParser(prog="python -m serving.api")
    parser.add_argument("--worker", type=int, default=0, help="partition of scoring.replies that is this process's own")
    worker: int = parser.parse_args().worker
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.ERROR)  # it repeats each refused connection, which we tell once
    settings = load_settings()
    uvicorn.run(
        create_application(settings, worker),
        host=settings.host,
        port=settings.port("api"),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
