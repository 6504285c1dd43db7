"""Who saves together: groups within one credit union, their rhythm, and the order in which the pot goes round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sources.workload.calendars import Calendar
from sources.workload.columns import Array, Integers, named
from sources.workload.population import UNIONS, Members
from sources.workload.sizes import Size
from sources.workload.streams import pick, stream

Dates = npt.NDArray[np.datetime64]  # in days

RHYTHMS = ("weekly", "biweekly", "monthly")
WEEKLY, BIWEEKLY, MONTHLY = range(3)
_DAYS = np.array([7, 14, 0])  # between rounds; a monthly group keeps the day of the month
_SHARES = np.array([0.3, 0.4, 0.3])
_PARTS = np.array([50, 100, 150, 200, 300, 500])  # CAD that each pays into a round
_FEWEST, _MOST = 4, 12
_LAST_OF_EVERY_MONTH = 28
_FIRST_DUE = (8, 70)  # day of the history


@dataclass(frozen=True)
class Groups:
    """Groups by position, and their people: `person` is a position of a member, `turn` the round that pays it."""

    group_id: Array
    pot: Array
    organiser: Integers
    rhythm: Integers
    part: Integers
    first_due: Dates
    size: Integers
    group_of: Integers
    person: Integers
    turn: Integers

    def __len__(self) -> int:
        return len(self.group_id)

    def due(self, group: Integers, round_: Integers) -> Dates:
        """When a round of a group is due, counting from 1."""
        first, after = self.first_due[group], round_ - 1
        by_days = first + (_DAYS[self.rhythm[group]] * after).astype("timedelta64[D]")
        month = first.astype("datetime64[M]")
        by_months = (month + after.astype("timedelta64[M]")).astype("datetime64[D]") + (first - month)
        due: Dates = np.where(self.rhythm[group] == MONTHLY, by_months, by_days)
        return due


def build_groups(seed: int, size: Size, members: Members, calendar: Calendar) -> Groups:
    """Draw the groups; nobody is in two, and the organiser is one of them."""
    rng = stream(seed, "tontine groups")
    people = _circles(rng, members, size.tontines)
    count = len(people)
    sizes = np.array([len(circle) for circle in people])
    group_of = np.repeat(np.arange(count), sizes)
    rhythm = pick(rng, _SHARES, count)
    return Groups(
        group_id=named(f"tontine{seed}", np.arange(1, count + 1), 5),
        pot=named(f"pot{seed}", np.arange(1, count + 1), 5),
        organiser=np.array([circle[rng.integers(0, len(circle))] for circle in people]),
        rhythm=rhythm,
        part=_PARTS[rng.integers(0, len(_PARTS), count)] * 100,
        first_due=_first_due(rng, rhythm, calendar),
        size=sizes,
        group_of=group_of,
        person=np.concatenate(people),
        turn=np.arange(len(group_of)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1,
    )


def _circles(rng: np.random.Generator, members: Members, count: int) -> list[Integers]:
    """Disjoint circles of members of one credit union."""
    shares = np.bincount(members.union, minlength=len(UNIONS)).astype(np.float64)
    union = pick(rng, shares, count)
    free = [rng.permutation(np.flatnonzero(members.union == code)) for code in range(len(UNIONS))]
    circles = []
    for code in union.tolist():
        wanted = int(rng.integers(_FEWEST + 1, _MOST + 1))
        circle, free[code] = free[code][:wanted], free[code][wanted:]
        if len(circle) >= _FEWEST:
            circles.append(circle)
    return circles


def _first_due(rng: np.random.Generator, rhythm: Integers, calendar: Calendar) -> Dates:
    begin = np.datetime64(calendar.first_midnight, "D")
    due = begin + rng.integers(*_FIRST_DUE, len(rhythm)).astype("timedelta64[D]")
    day = (due - due.astype("datetime64[M]")).astype(np.int64)
    early = np.minimum(day, _LAST_OF_EVERY_MONTH - 1) - day
    return np.where(rhythm == MONTHLY, due + early.astype("timedelta64[D]"), due)
