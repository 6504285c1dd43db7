"""The supervisor's process: `python -m deploy.local [--only NAME,NAME]`, normally started by `./atalaya up`."""

from __future__ import annotations

import argparse
import sys
import uuid

from deploy.local.guardian import fork_guardian


def main() -> int:
    """Fork the guardian while the process is small, then supervise until told to stop; 0 after a clean end."""
    arguments = argparse.ArgumentParser(prog="python -m deploy.local")
    arguments.add_argument("--only", default="", help="comma-separated services; what they need comes along")
    chosen = [name for name in arguments.parse_args().only.split(",") if name]
    run = uuid.uuid4().hex
    # Held open until this process ends, in whatever way.
    _lifeline = fork_guardian(run)
    from deploy.local.daemon import run_daemon  # noqa: PLC0415 - after the fork

    return run_daemon(run, chosen)


if __name__ == "__main__":
    sys.exit(main())
