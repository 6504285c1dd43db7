"""`python -m sources.workload history|live`: write a history, or live traffic, into the operational database."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from dataclasses import asdict
from datetime import UTC, datetime

from contracts.errors import AtalayaError
from contracts.settings import load_settings

log = logging.getLogger("sources.workload")


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two; the summary goes to standard output as JSON."""
    options = _parser().parse_args(arguments)
    try:
        summary = _history(options) if options.command == "history" else _live(options)
    except AtalayaError as error:
        log.error("%s", error)  # noqa: TRY400 - the message is for people
        return 1
    sys.stdout.write(json.dumps(summary, indent=1) + "\n")
    return 0


def _history(options: argparse.Namespace) -> dict[str, object]:
    from sources.workload.history import write_history  # noqa: PLC0415 - the other command does without it

    as_of = datetime.fromisoformat(options.as_of) if options.as_of else datetime.now(UTC)
    as_of = as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)
    return asdict(write_history(load_settings(), options.size, options.seed, as_of, _log_progress))


def _live(options: argparse.Namespace) -> dict[str, object]:
    from sources.workload.live import run_live  # noqa: PLC0415 - the other command does without it

    return asdict(run_live(load_settings(), rate=options.rate, seconds=options.seconds, seed=options.seed))


def _log_progress(what: str, done: int, total: int) -> None:
    log.info("%3d %% %s", 100 * done // total, what)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sources.workload", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    history = commands.add_parser("history")
    history.add_argument("--size", default="small", help="tiny, small, medium, large or a number of movements")
    history.add_argument("--seed", type=int, default=7)
    history.add_argument("--as-of", default="", help="ISO 8601; now without it")
    live = commands.add_parser("live")
    live.add_argument("--rate", type=float, default=200, help="movements a second")
    live.add_argument("--seconds", type=float, default=60)
    live.add_argument("--seed", type=int, default=8)
    return parser


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main())
