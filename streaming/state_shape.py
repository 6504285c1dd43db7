"""What saved state holds, so that a job that could not take it is refused before the running one is stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from contracts.errors import ConfigurationError

_HINT = "Declare it as it was, or rebuild the state: docs/operations/local-stack.md"


@dataclass(frozen=True)
class StateShape:
    """`formats`: the version of each saved form (Formats.java); `stages`: the job's stages that keep state, by name."""

    formats: Mapping[str, int]
    stages: tuple[str, ...]

    def refuse_loss(self, saved: StateShape) -> None:
        """Raise ConfigurationError, naming what is lost, unless a job of this shape can go on from `saved`.

        A stage may be added: it begins empty. One that is gone would take what its key was known by with it.
        """
        for form, version in saved.formats.items():
            if self.formats.get(form) != version:
                raise ConfigurationError(
                    f"The saved state of each {form} has format {version}, this kernel reads {self.formats.get(form)}.",
                    hint=_HINT,
                )
        if gone := [stage for stage in saved.stages if stage not in self.stages]:
            raise ConfigurationError(
                f"The job's state holds {', '.join(gone)}, which contracts/features declares no more.", hint=_HINT
            )

    def write(self, file: Path) -> None:
        """Keep the shape beside the state that has it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), sort_keys=True), encoding="utf-8")


def read_shape(file: Path) -> StateShape | None:
    """The shape that was kept; None where no job ever ran."""
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    return StateShape(kept["formats"], tuple(kept["stages"]))
