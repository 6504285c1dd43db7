"""How a registered version becomes champion: decided, written down, published; and back again.

The history comes first (write-ahead): its last row says who is champion, and file, alias and tags are made to follow it.
A crash at any point leaves a row that is not in effect; whoever comes next with the same wish completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from contracts.errors import PermanentError
from contracts.models import ModelName
from contracts.models.files import champion_file, served_file
from contracts.models.inventory import model_inventory
from contracts.settings import Settings
from ml.governance.ledger import open_ledger
from ml.governance.promotion import (
    Action,
    Candidate,
    Promotion,
    Statement,
    refuse_champion,
    refuse_unfit,
    rollback_target,
)
from ml.governance.publication import publish
from ml.governance.versions import Versions

Clock = Callable[[], datetime]


class History(Protocol):
    """Where promotions are written down; each call is durable when it returns (ml.governance.ledger)."""

    def history(self) -> tuple[Promotion, ...]:
        """Every row, oldest first."""

    def add(self, promotion: Promotion) -> None:
        """Append a row."""

    def took_effect(self, promotion: Promotion, at: datetime) -> None:
        """Note that everything follows a row."""


class Registry(Protocol):
    """Where versions are registered (ml.governance.versions)."""

    def candidate(self, number: str) -> Candidate:
        """A version with its artefact; raises NotFoundError for an unknown number."""

    def champion(self) -> str | None:
        """The number that the registry calls champion."""

    def appoint(self, promotion: Promotion) -> None:
        """Call a version champion."""


@dataclass(frozen=True)
class Succession:
    """One model's champions. `clock` gives UTC; nobody else may hold the history meanwhile."""

    settings: Settings
    model: ModelName
    history: History
    registry: Registry
    clock: Clock

    def approve(self, number: str, statement: Statement) -> Promotion:
        """Publish and promote a version by a person's word; repeated after a crash, it completes what was begun.

        Raises NotFoundError for an unknown number, PermanentError for one whose gate failed or that is champion.
        """
        if (standing := self._to_complete(number)) is not None:
            return self._settle(standing)
        candidate = self.registry.candidate(number)
        refuse_champion(self.model, number, self._present())
        refuse_unfit(self.model, candidate)
        return self._carry_out("approved", candidate, statement)

    def roll_back(self, statement: Statement, to: str | None = None) -> Promotion:
        """Publish the champion before the present one again, or the former champion `to`.

        Raises NotFoundError where there is none, PermanentError for the present champion.
        """
        last = self._last()
        begun = last is not None and last.action == "rolled_back" and last.in_effect_at is None
        if last is not None and (begun if to is None else self._to_complete(to) is not None):
            return self._settle(last)
        number = rollback_target(self.model, self.history.history(), to)
        refuse_champion(self.model, number, self._present())
        return self._carry_out("rolled_back", self.registry.candidate(number), statement)

    def take_first(self, number: str) -> bool:
        """Let a version that passed its gate be served where nothing is and the policy allows it; whether it did."""
        served = self._present() is not None or champion_file(self.settings, self.model).exists()
        if served or model_inventory().first_champion[self.settings.profile] != "gate":
            return False
        candidate = self.registry.candidate(number)
        refuse_unfit(self.model, candidate)
        self._carry_out("first_champion", candidate, None)
        return True

    def complete(self) -> Promotion | None:
        """Make file, alias and tags what the history says where they are not; gives its last row, None without any."""
        last = self._last()
        return last if last is None or self._follows(last) else self._settle(last)

    def _last(self) -> Promotion | None:
        rows = self.history.history()
        return rows[-1] if rows else None

    def _present(self) -> str | None:
        """The champion by the history; by the registry where a champion is older than the history."""
        last = self._last()
        return last.number if last is not None else self.registry.champion()

    def _to_complete(self, number: str) -> Promotion | None:
        """The last row where it names `number` and something does not follow it."""
        last = self._last()
        return last if last is not None and last.number == number and not self._follows(last) else None

    def _follows(self, row: Promotion) -> bool:
        if row.in_effect_at is None or self.registry.champion() != row.number:
            return False
        files = champion_file(self.settings, self.model), served_file(self.settings, self.model, row.model_version)
        contents = [Candidate(row.number, row.model_version, file.read_bytes(), "") for file in files if file.exists()]
        return [one.content_sha256 for one in contents] == [row.content_sha256] * len(files)

    def _carry_out(self, action: Action, candidate: Candidate, statement: Statement | None) -> Promotion:
        role = model_inventory().entry(self.model).record.approver_role
        row = Promotion(
            model=self.model,
            sequence=len(self.history.history()) + 1,
            action=action,
            number=candidate.number,
            model_version=candidate.model_version,
            content_sha256=candidate.content_sha256,
            previous=self._present(),
            decided_by=statement.by if statement else None,
            role=role if statement else "policy",
            reason=statement.reason if statement else "nothing was served, and the gate passed",
            decided_at=self.clock(),
        )
        self.history.add(row)
        return self._settle(row)

    def _settle(self, row: Promotion) -> Promotion:
        candidate = self.registry.candidate(row.number)
        if candidate.content_sha256 != row.content_sha256:
            raise PermanentError(
                f"The artefact of version {row.number} of {self.model} is not the one that was promoted.",
                hint=f"Promoted was sha256 {row.content_sha256}. Go back: './atalaya model rollback {self.model}'.",
            )
        publish(candidate.content, self.settings, self.model)
        self.registry.appoint(row)
        at = row.in_effect_at or self.clock()
        self.history.took_effect(row, at)
        return replace(row, in_effect_at=at)


@contextmanager
def open_succession(
    settings: Settings, model: ModelName, clock: Clock = lambda: datetime.now(UTC)
) -> Iterator[Succession]:
    """A model's succession on this platform's database and registry, held alone."""
    with open_ledger(settings, model) as ledger:
        yield Succession(settings, model, ledger, Versions(settings, model), clock)
