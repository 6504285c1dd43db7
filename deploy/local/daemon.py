"""From a locked state directory to a running supervisor: one per state, with free ports and no leftovers."""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.errors import AtalayaError, ConfigurationError
from contracts.settings import Settings, load_settings
from deploy.local.layout import logs, run_folder, status_file, wanted_file
from deploy.local.ports import check_ports
from deploy.local.process import STACK_TAG, end_all, tagged
from deploy.local.secrets import ensure_secrets
from deploy.local.service import NOBODY
from deploy.local.services import choose
from deploy.local.supervisor import Supervisor

_LOGGER = logging.getLogger(__name__)
_SWEEP_SECONDS = 5.0


def run_daemon(run: str, only: list[str]) -> int:
    """Supervise the chosen parts until SIGTERM or SIGINT; the process's exit code."""
    settings = load_settings()
    logs(settings).mkdir(parents=True, exist_ok=True)
    close_to_others(settings)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        with only_supervisor(settings):
            status_file(settings).unlink(missing_ok=True)
            end_all(lambda: tagged(STACK_TAG, str(settings.state)), _SWEEP_SECONDS)
            parts = choose(only)
            check_ports(settings, parts)
            ensure_secrets(settings)
            asyncio.run(_supervise(Supervisor(settings, parts, run, _wanted(settings))))
            status_file(settings).unlink(missing_ok=True)
    except AtalayaError as error:
        _LOGGER.error("%s", error)  # noqa: TRY400 - said to a person, who has no use for our stack
        return 1
    return 0


def close_to_others(settings: Settings) -> None:
    """Keep the machine's other users out of the state: the lakehouse and Kafka's files hold personal data.

    As root, PostgreSQL's unprivileged user may pass, by its group.
    """
    if os.geteuid() == 0:
        os.chown(settings.state, 0, NOBODY)
        settings.state.chmod(0o710)
    else:
        settings.state.chmod(0o700)


@contextmanager
def only_supervisor(settings: Settings) -> Iterator[None]:
    """Hold the state's lock; raises ConfigurationError when another supervisor holds it.

    The kernel drops the lock with its holder, so a killed supervisor leaves none behind.
    """
    path = run_folder(settings) / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise ConfigurationError(
                f"A stack already runs on {settings.state} (process {lock.read().strip()}).",
                hint="'./atalaya status' shows it, './atalaya down' ends it.",
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _wanted(settings: Settings) -> frozenset[str]:
    try:
        return frozenset(json.loads(wanted_file(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return frozenset()


async def _supervise(supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    settings = load_settings()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stop)
    loop.add_signal_handler(signal.SIGHUP, lambda: supervisor.want(_wanted(settings)))
    await supervisor.supervise(os.getpid())
