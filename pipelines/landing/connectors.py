"""`python -m pipelines.landing.connectors`: register the connectors and wait until they make progress."""

from __future__ import annotations

import logging
import sys
import time

from contracts.capture import EVENTS, ROWS
from contracts.errors import AtalayaError, PermanentError, TransientError
from contracts.settings import Settings, load_settings
from pipelines.landing.configurations import SINK, connector_configurations
from pipelines.landing.connect import put_connector, restart_failed, task_states
from pipelines.landing.progress import check_tables, check_topics, probe_sink, probe_source

_log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 180
_POLL_SECONDS = 0.5
# A task that failed before, or while the rest of the stack started, is started again for so long.
_FAILURE_PATIENCE_SECONDS = 15


def register(settings: Settings, timeout_seconds: float = _TIMEOUT_SECONDS) -> None:
    """Bring Connect to the declared connectors, idempotently, and return when changes flow through all of them.

    Raises ConfigurationError for a missing topic or a refused configuration, PermanentError for a failed task, and
    TransientError when there is no progress within `timeout_seconds`.
    """
    deadline = time.monotonic() + timeout_seconds
    check_topics(settings)
    check_tables(settings)
    for name, configuration in connector_configurations(settings).items():
        put_connector(settings, name, configuration, deadline)
        _log.info("Connector %s is registered.", name)
    for name in (ROWS, EVENTS, SINK):
        _wait_running(settings, name, deadline)
    for name in (ROWS, EVENTS):
        probe_source(settings, name, deadline)
        _log.info("Connector %s delivers changes.", name)
    probe_sink(settings, deadline)
    _log.info("Connector %s commits.", SINK)


def _wait_running(settings: Settings, name: str, deadline: float) -> None:
    patience = time.monotonic() + _FAILURE_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            states = task_states(settings, name, deadline)
        except PermanentError:
            if time.monotonic() > patience:
                raise
            restart_failed(settings, name, deadline)
            states = ()
        if len(states) > 1 and set(states) == {"RUNNING"}:
            return
        time.sleep(_POLL_SECONDS)
    raise TransientError(f"Connector {name!r} is not RUNNING in time.", hint="Look at the log of 'connect'.")


def main() -> int:
    """The command: 0 when everything flows, 1 with one line on standard error when not."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        register(load_settings())
    except AtalayaError as error:
        _log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
