"""What becomes of each contribution and each pot: paid on time, late or never, for causes that a history shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import WAKING, Calendar, times_on
from sources.workload.columns import DAY, HOUR, NEVER, Flags, Floats, Integers
from sources.workload.population import Members
from sources.workload.streams import stream
from sources.workload.tontines.groups import Dates, Groups

OPENS = 4  # days before a round is due, in which it can be paid
GRACE = 3  # days after it is due; what is not paid then is missed
_LATE, _MISSED = -2.3, -4.4  # log odds of somebody with a usual credit history
_BY_BUREAU = 0.7  # better credit history, fewer late and missed
_AFTER_POT = 1.4  # who has had the pot has less reason to pay
_EARLIEST = 3  # days before it is due
_FAR = np.iinfo(np.int64).max // 2


@dataclass(frozen=True)
class Contributions:
    """One for each group, round and person, until the end of the history; `paid_at` NEVER for not paid by then."""

    group: Integers
    round: Integers
    who: Integers
    due: Dates
    opened_at: Integers
    closed_at: Integers  # end of the grace
    paid_at: Integers
    late: Flags
    missed: Flags  # not paid when the grace had ended
    after_pot: Flags  # owed by somebody who had the pot before


@dataclass(frozen=True)
class Pots:
    """One for each round of a group that has begun; `paid_at` NEVER while the pot waits."""

    group: Integers
    round: Integers
    who: Integers
    due: Dates
    opened_at: Integers
    paid_at: Integers
    collected: Integers  # how many contributions were in it


def build_rounds(seed: int, members: Members, groups: Groups, calendar: Calendar) -> tuple[Contributions, Pots]:
    """The contributions of every round that began before the end of the history, and their pots."""
    owed = _fates(seed, members, groups, calendar)
    begun = owed.opened_at <= calendar.end
    owed = Contributions(**{name: values[begun] for name, values in vars(owed).items()})
    pots = _pots(seed, groups, owed, calendar)
    seen = (owed.paid_at != NEVER) & (owed.paid_at <= calendar.end)
    known = Contributions(
        **vars(owed)
        | {
            "paid_at": np.where(seen, owed.paid_at, NEVER),
            "late": owed.late & seen,
            "missed": owed.missed & (owed.closed_at <= calendar.end),
        }
    )
    return known, pots


def _fates(seed: int, members: Members, groups: Groups, calendar: Calendar) -> Contributions:
    """Each contribution with what will become of it, even after the end."""
    rng = stream(seed, "tontine rounds")
    times = groups.size[groups.group_of]
    who, group, turn = (np.repeat(values, times) for values in (groups.person, groups.group_of, groups.turn))
    round_ = np.arange(len(who)) - np.repeat(np.cumsum(times) - times, times) + 1
    due, zone = groups.due(group, round_), members.zone[who]
    strain = -_BY_BUREAU * members.bureau[who]
    own, after = turn == round_, turn < round_
    luck = rng.random(len(who))
    missing = _chance(_MISSED + strain + _AFTER_POT * after)
    missed = ~own & (luck < missing)
    late = ~own & ~missed & (luck < missing + _chance(_LATE + strain))
    days = np.where(late, rng.integers(1, GRACE, len(who)), -rng.integers(0, _EARLIEST + 1, len(who)))
    day = _day(calendar, due)
    at = times_on(rng, calendar, (day + days).clip(0, calendar.days), zone, WAKING)
    within = day + days <= calendar.days
    return Contributions(
        group=group,
        round=round_,
        who=who,
        due=due,
        opened_at=_midnight(calendar, day - OPENS, zone),
        closed_at=_midnight(calendar, day + GRACE, zone),
        paid_at=np.where(missed | ~within, NEVER, at),
        late=late,
        missed=missed,
        after_pot=after,
    )


def _pots(seed: int, groups: Groups, owed: Contributions, calendar: Calendar) -> Pots:
    """A pot is paid when the last contribution is in it, or when the grace has ended without one."""
    rng = stream(seed, "tontine pots")
    _, first, pot = np.unique(owed.group * 1000 + owed.round, return_index=True, return_inverse=True)
    group, round_ = owed.group[first], owed.round[first]
    waiting = (owed.paid_at == NEVER) & ~owed.missed  # beyond the end of the history
    complete = np.zeros(len(first), dtype=np.int64)
    np.maximum.at(complete, pot, np.where(owed.missed, owed.closed_at, np.where(waiting, _FAR, owed.paid_at)))
    at = complete + (rng.uniform(0.3, 10, len(first)) * HOUR).astype(np.int64)
    starts = np.cumsum(groups.size) - groups.size
    return Pots(
        group=group,
        round=round_,
        who=groups.person[starts[group] + round_ - 1],
        due=owed.due[first],
        opened_at=owed.opened_at[first],
        paid_at=np.where((complete < _FAR) & (at <= calendar.end), at, NEVER),
        collected=np.bincount(pot, weights=~owed.missed & ~waiting, minlength=len(first)).astype(np.int64),
    )


def _chance(odds: Floats) -> Floats:
    share: Floats = 1 / (1 + np.exp(-odds))
    return share


def _day(calendar: Calendar, date: Dates) -> Integers:
    begin = np.datetime64(calendar.first_midnight, "D")
    days: Integers = (date - begin).astype(np.int64)
    return days


def _midnight(calendar: Calendar, day: Integers, zone: Integers) -> Integers:
    """Its beginning in the zone; after the history, with the offset of the last day."""
    inside = day.clip(0, calendar.days)
    midnight: Integers = calendar.instants(inside, np.zeros(len(day)), zone) + (day - inside) * DAY
    return midnight
