"""What members of a tontine quarrel about: mostly a part that was not paid, at times a pot that came late."""

from __future__ import annotations

import numpy as np

from sources.workload.columns import DAY, NEVER, Array, Columns, Integers, full, named, sort_by, take, where
from sources.workload.population import Members
from sources.workload.streams import chance, choose, stream
from sources.workload.tontines.groups import Groups
from sources.workload.tontines.rounds import Contributions, Pots

_ABOUT_MISSED, _ABOUT_LATE, _ABOUT_POT = 0.4, 0.03, 0.01
_OUTCOMES = ("upheld", "rejected", "settled")
_SHARES = {
    "missed_contribution": (0.6, 0.1, 0.3),
    "late_contribution": (0.2, 0.3, 0.5),
    "wrong_payout": (0.1, 0.7, 0.2),
}
_SOONEST, _LATEST = 2, 25  # days to an outcome


def dispute_rows(seed: int, members: Members, groups: Groups, owed: Contributions, pots: Pots, end: int) -> Columns:
    """The recipient of a round complains of who did not pay in time, or of the pot; disputes open when history ends stay so."""
    rng = stream(seed, "tontine disputes")
    missed = np.flatnonzero(owed.missed & chance(rng, len(owed.who), _ABOUT_MISSED))
    late = np.flatnonzero(owed.late & chance(rng, len(owed.who), _ABOUT_LATE))
    paid = np.flatnonzero((pots.paid_at != NEVER) & chance(rng, len(pots.who), _ABOUT_POT))
    subject = np.concatenate([members.user[owed.who[missed]], members.user[owed.who[late]], full(len(paid), None)])
    group = np.concatenate([owed.group[missed], owed.group[late], pots.group[paid]])
    round_ = np.concatenate([owed.round[missed], owed.round[late], pots.round[paid]])
    since = np.concatenate([owed.closed_at[missed], owed.paid_at[late], pots.paid_at[paid]])
    reason = np.repeat(np.array(list(_SHARES), dtype=object), [len(missed), len(late), len(paid)])
    starts = np.cumsum(groups.size) - groups.size
    opened = since + _days(rng, len(since), 0.1, 2)
    resolved = opened + _days(rng, len(since), _SOONEST, _LATEST)
    over = resolved <= end
    rows: Columns = {
        "tenant_id": members.tenant[groups.organiser[group]],
        "group_id": groups.group_id[group],
        "round": round_,
        "opened_by_id": members.user[groups.person[starts[group] + round_ - 1]],
        "about_id": subject,
        "reason": reason,
        "status": where(over, full(len(over), "resolved"), "open"),
        "outcome": where(over, _outcomes(rng, reason)),
        "opened_at": opened,
        "resolved_at": np.where(over, resolved, NEVER),
        "updated_at": np.where(over, resolved, opened),
    }
    rows = sort_by(take(rows, opened <= end), "opened_at")
    return {"dispute_id": named(f"tontinedispute{seed}", np.arange(1, len(rows["group_id"]) + 1), 5), **rows}


def _outcomes(rng: np.random.Generator, reason: Array) -> Array:
    outcome = full(len(reason), None)
    for name, shares in _SHARES.items():
        of_kind = reason == name
        outcome[of_kind] = choose(rng, _OUTCOMES, int(of_kind.sum()), shares)
    return outcome


def _days(rng: np.random.Generator, count: int, least: float, most: float) -> Integers:
    days: Integers = (rng.uniform(least, most, count) * DAY).astype(np.int64)
    return days
