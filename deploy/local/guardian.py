"""The guardian: a process that outlives the supervisor by seconds, to end what a killed supervisor left behind."""

from __future__ import annotations

import os
import signal

from deploy.local.process import RUN_TAG, end_all, tagged

_GRACE_SECONDS = 4.0


def fork_guardian(run: str) -> int:
    """Fork the guardian of the supervisor's run `run`; the descriptor to hold open for as long as the stack should live.

    Called before the supervisor opens anything. When the last holder of the descriptor is gone, by whatever
    death, the guardian ends every process of the run.
    """
    reader, writer = os.pipe()
    if os.fork():
        os.close(reader)
        return writer
    os.close(writer)
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.read(reader, 1)
    end_all(lambda: tagged(RUN_TAG, run), _GRACE_SECONDS)
    os._exit(0)
