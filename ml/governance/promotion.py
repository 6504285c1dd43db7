"""What may be made champion, by whom and instead of what: the rules, over a model's history of promotions. No engine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.errors import InvalidInputError, NotFoundError, PermanentError
from contracts.models import ModelName

Action = Literal["approved", "first_champion", "rolled_back"]

PASSED = "passed"  # the run tag `gate` of a run whose gate held


@dataclass(frozen=True)
class Candidate:
    """A registered version as it may be promoted. `gate` is its run's verdict, empty where no run tells one."""

    number: str
    model_version: str
    content: bytes
    gate: str

    @property
    def content_sha256(self) -> str:
        """Of the ONNX file, as sha256sum gives it."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Statement:
    """What a person says who lets a model be served, in one line each. Raises InvalidInputError for an empty one."""

    by: str
    reason: str

    def __post_init__(self) -> None:
        for name in ("by", "reason"):
            line = " ".join(getattr(self, name).split())
            if not line:
                hint = 'Say who decides and why: --by "Ana Ruiz" --reason "better on new cards".'
                raise InvalidInputError("is empty", field=name, hint=hint)
            object.__setattr__(self, name, line)


@dataclass(frozen=True)
class Promotion:
    """One row of the history. `decided_by` is None where a policy let the first champion be served; instants are UTC.

    `previous` is the number that was champion before; `in_effect_at` is None until everything served followed the row.
    """

    model: ModelName
    sequence: int
    action: Action
    number: str
    model_version: str
    content_sha256: str
    previous: str | None
    decided_by: str | None
    role: str
    reason: str
    decided_at: datetime
    in_effect_at: datetime | None = None

    def told(self) -> str:
        """One line for a person."""
        who = "by the declared policy" if self.decided_by is None else f"by {self.decided_by} ({self.role})"
        instead = f", instead of {self.previous}" if self.previous else ""
        what = self.action.replace("_", " ")
        return f"{what} {who} at {self.decided_at:%Y-%m-%dT%H:%M:%SZ}{instead}: {self.reason}"


def approval_command(model: ModelName, number: str) -> str:
    """What the approver types."""
    return f'./atalaya model approve {model} {number} --by "NAME" --reason "WHY"'


def refuse_unfit(model: ModelName, candidate: Candidate) -> None:
    """Raises PermanentError for a version whose gate did not pass; champions of before need no second verdict."""
    if candidate.gate != PASSED:
        found = candidate.gate or "its run tells no verdict"
        raise PermanentError(
            f"Version {candidate.number} of {model} did not pass its gate: {found}.",
            hint=f"Only what passes can be approved: './atalaya model list {model}' shows which versions do.",
        )


def refuse_champion(model: ModelName, number: str, champion: str | None) -> None:
    """Raises PermanentError for the version that is champion already."""
    if number == champion:
        raise PermanentError(
            f"Version {number} of {model} is the champion already.",
            hint=f"Who let it be served: './atalaya model history {model}'.",
        )


def champions(history: Sequence[Promotion]) -> list[str]:
    """Numbers that follow one another as champions, the present one last; what was rolled back from is no part of it.

    Nor is what was superseded before it was in effect: nobody knows that it can be served.
    """
    line = [row.previous for row in history[:1] if row.previous is not None]
    for row in _served(history):
        if row.action == "rolled_back" and row.number in line:
            del line[line.index(row.number) + 1 :]
        else:
            line.append(row.number)
    return line


def rollback_target(model: ModelName, history: Sequence[Promotion], to: str | None) -> str:
    """The number to go back to: `to`, or the champion before the present one.

    Raises NotFoundError where there is none, and for a version that was never champion.
    """
    if to is not None:
        if to not in {row.number for row in _served(history)} | {row.previous for row in history[:1]}:
            raise NotFoundError(
                f"Version {to} of {model} was never champion.",
                hint=f"Approve it instead: {approval_command(model, to)}",
            )
        return to
    line = champions(history)
    if len(line) < 2:  # noqa: PLR2004 - the present one and the one before it
        raise NotFoundError(
            f"{model} has no champion before the present one.",
            hint=f"Approve another version: './atalaya model list {model}' shows them.",
        )
    return line[-2]


def _served(history: Sequence[Promotion]) -> list[Promotion]:
    """Rows that were in effect, and the last one, which is what everything has to follow."""
    return [row for row in history if row.in_effect_at is not None or row is history[-1]]
