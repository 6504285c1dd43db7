"""The ground that a demo stands on: its own empty state, never somebody's data."""

from __future__ import annotations

import shutil

from contracts.errors import ConfigurationError
from contracts.settings import Settings

# In a state that a demo made: it may be thrown away by the next one.
_MARK = "made-by-demo"


def clear_ground(settings: Settings) -> None:
    """Leave an empty state that is marked as the demo's.

    Raises ConfigurationError for a state that a demo did not make, and for one whose stack runs.
    """
    from deploy.local.status import read_status

    if read_status(settings) is not None:
        raise ConfigurationError("A stack is running on this state.", hint="End it first: ./atalaya down")
    mark = settings.state / _MARK
    if settings.state.exists() and any(settings.state.iterdir()) and not mark.exists():
        raise ConfigurationError(
            f"{settings.state} holds data that no demo made.",
            hint="Give the demo a state of its own: ATALAYA_STATE=/some/empty/folder ./atalaya demo",
        )
    shutil.rmtree(settings.state, ignore_errors=True)
    settings.state.mkdir(parents=True)
    mark.touch()
