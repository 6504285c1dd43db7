"""The ground that a demo stands on: its own empty state, never somebody's data."""

from __future__ import annotations

import shutil
from pathlib import Path

from contracts.errors import ConfigurationError
from contracts.settings import Settings

# In a state that a demo made: it may be thrown away by the next one.
_MARK = "made-by-demo"


def clear_ground(settings: Settings) -> None:
    """Leave an empty state that is marked as the demo's.

    Raises ConfigurationError for a state that a demo did not make or that people have used since, for one whose stack
    runs, and for one that cannot be emptied.
    """
    from deploy.local.status import read_status

    if read_status(settings) is not None:
        raise ConfigurationError("A stack is running on this state.", hint="End it first: ./atalaya down")
    mark = settings.state / _MARK
    if settings.state.exists() and any(settings.state.iterdir()) and not mark.exists():
        raise ConfigurationError(
            f"{settings.state} holds data that no demo made, or that was added since.",
            hint="Give the demo a state of its own: ATALAYA_STATE=/some/empty/folder ./atalaya demo",
        )
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
        mark.touch()
        _empty(settings.state, keep=mark)
    except OSError as error:
        raise ConfigurationError(f"{settings.state} cannot be emptied: {error}.") from error


def keep_ground(settings: Settings) -> None:
    """Take the demo's mark off a state that people may add to from now on: no demo deletes it any more."""
    (settings.state / _MARK).unlink(missing_ok=True)


def _empty(folder: Path, keep: Path) -> None:
    """The folder itself stays, it may be a mount; so does the mark, until the rest is gone."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry != keep:
            entry.unlink()
