"""The supervisor's process: `python -m deploy.local [--detach] [--only NAME,NAME]`, started by `./atalaya up`."""

from __future__ import annotations

import argparse
import os
import sys
import uuid

from deploy.local.guardian import fork_guardian


def main() -> int:
    """Fork the guardian while the process is small, then supervise until told to stop; 0 after a clean end."""
    arguments = argparse.ArgumentParser(prog="python -m deploy.local")
    arguments.add_argument("--only", default="", help="comma-separated services; what they need comes along")
    arguments.add_argument("--detach", action="store_true", help="leave the terminal, and print the process id")
    given = arguments.parse_args()
    if given.detach:
        detach()
    run = uuid.uuid4().hex
    # Held open until this process ends, in whatever way.
    _lifeline = fork_guardian(run)
    from deploy.local.daemon import run_daemon  # noqa: PLC0415 - after the fork

    return run_daemon(run, [name for name in given.only.split(",") if name])


def detach() -> None:
    """Go on in a child of the machine's first process; standard output becomes what standard error is."""
    if child := os.fork():
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os._exit(0)
    os.setsid()
    os.dup2(2, 1)


if __name__ == "__main__":
    sys.exit(main())
