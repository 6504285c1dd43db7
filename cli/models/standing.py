"""Where a registered version stands: served, in the shadow, waiting for a person, or passed by. No engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml.governance.promotion import PASSED, Promotion
from ml.governance.versions import Version


@dataclass(frozen=True)
class Standings:
    """`champion` and `challenger` are numbers; `history` is the model's, oldest first."""

    champion: str | None
    challenger: str | None
    history: Sequence[Promotion]

    def of(self, version: Version) -> str:
        """In a word or two. A version that passed waits only until a later one is served."""
        if version.number == self.champion:
            return "champion"
        if version.number == self.challenger:
            return "challenger"
        if version.number in {row.number for row in self.history} | {row.previous for row in self.history}:
            return "former champion"
        if version.gate != PASSED:
            return "failed its gate"
        passed_by = self.champion is not None and int(version.number) < int(self.champion)
        return "passed by" if passed_by else "awaits approval"
