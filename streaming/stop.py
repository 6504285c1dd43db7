"""Stop the job with a savepoint: `python -m streaming.stop`. The next submit goes on from it."""

from __future__ import annotations

import logging
import sys

from contracts.errors import AtalayaError
from contracts.settings import Settings, load_settings
from streaming.cluster import Cluster
from streaming.snapshots import configured_snapshots

LOG = logging.getLogger("streaming.stop")

_SAVEPOINT_SECONDS = 60


def stop(settings: Settings) -> str | None:
    """Where the savepoint is; None when the job did not run."""
    cluster = Cluster(settings.flink_url)
    job = cluster.job()
    if job is None:
        return None
    return cluster.stop_with_savepoint(job, configured_snapshots().savepoints.as_uri(), _SAVEPOINT_SECONDS)


def main() -> int:
    """Exit code 0 when no job runs any more, 1 with one clear message otherwise."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        LOG.info("Savepoint: %s", stop(load_settings()) or "none, the job did not run")
    except AtalayaError as error:
        LOG.error("%s", error)  # noqa: TRY400 - the message is for people, the cause is in it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
