"""Builders for tests of promotion: rows, versions, and a platform in memory that can lose its power between two writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from contracts.errors import NotFoundError
from contracts.models.files import champion_file
from contracts.settings import Profile, Settings
from ml.governance import publication
from ml.governance.promotion import Action, Candidate, Promotion, Statement
from ml.governance.succession import Succession

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
_PLACE = publication._place  # noqa: SLF001 - the one place where a file is written
ANA, BO = Statement("Ana Ruiz", "fewer false alarms"), Statement("Bo Lund", "alarms doubled")


class PowerCutError(Exception):
    """What a crash is here: nothing after it happens."""


def row(sequence: int, number: str, action: Action = "approved", **more: object) -> Promotion:
    """A row of fraud's history that is in effect."""
    known = Promotion(
        model="fraud",
        sequence=sequence,
        action=action,
        number=number,
        model_version=f"fraud-{number}",
        content_sha256="0" * 64,
        previous=None,
        decided_by="Ana Ruiz",
        role="head of fraud risk",
        reason="better",
        decided_at=AT + timedelta(hours=sequence),
        in_effect_at=AT + timedelta(hours=sequence, minutes=1),
    )
    return replace(known, **more)  # type: ignore[arg-type]


@dataclass
class MemoryPlatform:
    """History and registry of fraud in memory, files on disk; `power` counts the writes that still happen."""

    settings: Settings
    artefacts: dict[str, bytes]
    gates: dict[str, str] = field(default_factory=dict)
    rows: list[Promotion] = field(default_factory=list)
    alias: str | None = None
    power: int = 1000

    def succession(self) -> Succession:
        """As whoever comes next opens it."""
        return Succession(self.settings, "fraud", self, self, lambda: AT + timedelta(hours=len(self.rows)))

    def lose_power_after(self, writes: int, act: Callable[[Succession], object]) -> bool:
        """Whether `act` came to its end before the power went."""
        self.power = writes
        try:
            with patch.object(publication, "_place", self._place):
                act(self.succession())
        except PowerCutError:
            return False
        finally:
            self.power = 1000
        return True

    def served(self) -> bytes | None:
        """The champion's file."""
        file = champion_file(self.settings, "fraud")
        return file.read_bytes() if file.exists() else None

    def told(self) -> list[tuple[Action, str, str | None]]:
        """The history in brief."""
        return [(row.action, row.number, row.previous) for row in self.rows]

    def history(self) -> tuple[Promotion, ...]:
        return tuple(self.rows)

    def add(self, promotion: Promotion) -> None:
        self._write()
        self.rows.append(promotion)

    def took_effect(self, promotion: Promotion, at: datetime) -> None:
        self._write()
        self.rows[promotion.sequence - 1] = replace(self.rows[promotion.sequence - 1], in_effect_at=at)

    def candidate(self, number: str) -> Candidate:
        if number not in self.artefacts:
            raise NotFoundError(f"fraud has no registered version {number}.")
        return Candidate(number, f"fraud-{number}", self.artefacts[number], self.gates.get(number, "passed"))

    def champion(self) -> str | None:
        return self.alias

    def appoint(self, promotion: Promotion) -> None:
        self._write()
        self.alias = promotion.number

    def _place(self, content: bytes, target: Path) -> Path:
        self._write()
        return _PLACE(content, target)

    def _write(self) -> None:
        if self.power == 0:
            raise PowerCutError
        self.power -= 1


def platform(folder: Path, artefacts: dict[str, bytes], profile: Profile = "local", **more: object) -> MemoryPlatform:
    """A platform with these registered versions, all of which passed unless `gates` says otherwise."""
    return MemoryPlatform(Settings(state=folder, profile=profile), artefacts, **more)  # type: ignore[arg-type]
