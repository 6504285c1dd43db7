"""Where a registered version stands: served, in the shadow, waiting for a person, or passed by. No engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml.governance.promotion import PASSED, Promotion
from ml.governance.versions import Version


@dataclass(frozen=True)
class Standings:
    """`champion` and `challenger` are numbers among `versions`; `history` is the model's. Both are oldest first."""

    versions: Sequence[Version]
    champion: str | None
    challenger: str | None
    history: Sequence[Promotion]

    def of(self, version: Version) -> str:
        """In a word or two. A version that passed waits only until a later one is served, and if it is another model."""
        if version.number == self.champion:
            return "champion"
        if version.number == self.challenger:
            return "challenger"
        if version.number in {row.number for row in self.history} | {row.previous for row in self.history}:
            return "former champion"
        if version.gate != PASSED:
            return "failed its gate"
        return self._passed(version)

    def waiting(self) -> Version | None:
        """The newest version that waits for a person."""
        return next((one for one in reversed(self.versions) if self.of(one) == "awaits approval"), None)

    def _passed(self, version: Version) -> str:
        served = next((one for one in self.versions if one.number == self.champion), None)
        if served is None:
            return "awaits approval"
        if version.model_version == served.model_version:
            return "equals the champion"
        return "passed by" if int(version.number) < int(served.number) else "awaits approval"
