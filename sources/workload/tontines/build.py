"""The tontines' part of a world: rows of their tables, and the movements on members' accounts and on the pots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sources.workload.calendars import Calendar
from sources.workload.columns import DAY, NEVER, Array, Columns, Integers, full, stack, where
from sources.workload.movements import Numbers, movements
from sources.workload.planting.cases import Planted
from sources.workload.population import Members
from sources.workload.sizes import Size
from sources.workload.tontines.disputes import dispute_rows
from sources.workload.tontines.groups import RHYTHMS, Groups, build_groups
from sources.workload.tontines.rounds import Contributions, Pots, build_rounds

_TITLES = ("Harvest", "Sunrise", "Bayanihan", "Lakou", "Esperanza", "Teranga", "Ajo", "Solidarity", "Chit", "Daret")
_BEFORE = 10  # days between the agreement and the first due date


@dataclass(frozen=True)
class Tontines:
    """Rows without the identifiers of movements, which `movement` stands for (-1 for none) until they have one."""

    tables: dict[str, Columns]
    accounts: Columns
    look_alikes: Planted

    @property
    def movements(self) -> Columns:
        """Contributions and payouts, both legs of each: every pot has many senders and sends on at once."""
        return self.look_alikes.rows

    def named(self, movement: Integers, transaction_id: Array) -> dict[str, Columns]:
        """The tables, where the history's movements have these identifiers."""
        names = full(int(movement.max()) + 2, None)  # the last one stands for -1, no movement
        names[movement] = transaction_id
        return {
            name: rows | {"transaction_id": names[rows["movement"]]} if "movement" in rows else rows
            for name, rows in self.tables.items()
        }


def build_tontines(seed: int, size: Size, members: Members, calendar: Calendar, numbers: Numbers) -> Tontines:
    """Groups of all ages with the rounds that they have had."""
    groups = build_groups(seed, size, members, calendar)
    owed, pots = build_rounds(seed, members, groups, calendar)
    numbered = (_numbers(numbers, owed.paid_at), _numbers(numbers, pots.paid_at))
    tables = {
        "tontine_groups": _group_rows(seed, members, groups, pots, calendar),
        "tontine_members": _member_rows(members, groups, owed),
        "tontine_contributions": _contribution_rows(members, groups, owed, numbered[0]),
        "tontine_payouts": _payout_rows(members, groups, pots, numbered[1]),
        "tontine_disputes": dispute_rows(seed, members, groups, owed, pots, calendar.end),
    }
    rows, group = _movements(members, groups, owed, pots, numbered)
    look_alikes = Planted(rows, full(len(group), "benign_tontine_pot"), groups.group_id[group])
    return Tontines(tables, _accounts(members, groups, calendar), look_alikes)


def _numbers(numbers: Numbers, paid_at: Integers) -> Integers:
    """A number for each that was paid, -1 for the others."""
    given = np.full(len(paid_at), -1, dtype=np.int64)
    paid = paid_at != NEVER
    given[paid] = numbers.take(int(paid.sum()))
    return given


def _created(groups: Groups) -> Integers:
    agreed: Integers = groups.first_due.astype("datetime64[us]").astype(np.int64) - _BEFORE * DAY
    return agreed


def _accounts(members: Members, groups: Groups, calendar: Calendar) -> Columns:
    """A pot is an account of the organiser's, opened for the group."""
    opened = np.minimum(_created(groups), calendar.end)
    return {
        "account_id": groups.pot,
        "user_id": members.user[groups.organiser],
        "tenant_id": members.tenant[groups.organiser],
        "currency": full(len(groups), "CAD"),
        "status": full(len(groups), "active"),
        "opened_at": opened,
        "updated_at": opened,
    }


def _group_rows(seed: int, members: Members, groups: Groups, pots: Pots, calendar: Calendar) -> Columns:
    done = np.bincount(pots.group, weights=pots.paid_at != NEVER, minlength=len(groups))
    last = np.full(len(groups), NEVER)
    np.maximum.at(last, pots.group, pots.paid_at)
    over = done == groups.size
    created = np.minimum(_created(groups), calendar.end)
    titles = [f"{_TITLES[(number + seed) % len(_TITLES)]} Circle {number + 1}" for number in range(len(groups))]
    return {
        "group_id": groups.group_id,
        "tenant_id": members.tenant[groups.organiser],
        "title": np.array(titles, dtype=object),
        "organiser_id": members.user[groups.organiser],
        "pot_account_id": groups.pot,
        "rhythm": np.array(RHYTHMS, dtype=object)[groups.rhythm],
        "contribution_amount": groups.part,
        "currency": full(len(groups), "CAD"),
        "rounds": groups.size,
        "first_due_date": groups.first_due,
        "status": where(over, full(len(groups), "completed"), "active"),
        "created_at": created,
        "updated_at": np.where(over, last, created),
    }


def _member_rows(members: Members, groups: Groups, owed: Contributions) -> Columns:
    """A member defaults who misses a contribution after the pot was his, or two at any time."""
    who, group = groups.person, groups.group_of
    position = np.zeros(len(members), dtype=np.int64)
    position[who] = np.arange(len(who))  # nobody is in two groups
    person = position[owed.who]
    weight = np.where(owed.missed, np.where(owed.after_pot, 2, 1), 0)
    defaulted = np.bincount(person, weights=weight, minlength=len(who)) >= 2  # noqa: PLR2004 - see above
    joined, since = _created(groups)[group], np.full(len(who), NEVER)
    np.maximum.at(since, person, np.where(owed.missed, owed.closed_at, NEVER))
    return {
        "group_id": groups.group_id[group],
        "tenant_id": members.tenant[who],
        "user_id": members.user[who],
        "account_id": members.account[who],
        "payout_round": groups.turn,
        "status": where(defaulted, full(len(who), "defaulted"), "active"),
        "joined_at": joined,
        "updated_at": np.where(defaulted, since, joined),
    }


def _contribution_rows(members: Members, groups: Groups, owed: Contributions, movement: Integers) -> Columns:
    paid = owed.paid_at != NEVER
    status = where(paid, where(owed.late, full(len(paid), "late"), "paid"), "due")
    status[owed.missed] = "missed"
    return {
        "group_id": groups.group_id[owed.group],
        "round": owed.round,
        "user_id": members.user[owed.who],
        "tenant_id": members.tenant[owed.who],
        "due_date": owed.due,
        "amount": groups.part[owed.group],
        "currency": full(len(paid), "CAD"),
        "status": status,
        "paid_at": owed.paid_at,
        "updated_at": np.where(paid, owed.paid_at, np.where(owed.missed, owed.closed_at, owed.opened_at)),
        "movement": movement,
    }


def _payout_rows(members: Members, groups: Groups, pots: Pots, movement: Integers) -> Columns:
    paid = pots.paid_at != NEVER
    names = zip(groups.group_id[pots.group].tolist(), pots.round.tolist(), strict=True)
    return {
        "payout_id": np.array([f"{group}-{number:02d}" for group, number in names], dtype=object),
        "group_id": groups.group_id[pots.group],
        "round": pots.round,
        "user_id": members.user[pots.who],
        "tenant_id": members.tenant[pots.who],
        "due_date": pots.due,
        "expected_amount": groups.part[pots.group] * groups.size[pots.group],
        "amount": where(paid, groups.part[pots.group] * pots.collected),
        "currency": full(len(paid), "CAD"),
        "status": where(paid, full(len(paid), "completed"), "scheduled"),
        "completed_at": pots.paid_at,
        "updated_at": np.where(paid, pots.paid_at, pots.opened_at),
        "movement": movement,
    }


def _movements(
    members: Members, groups: Groups, owed: Contributions, pots: Pots, numbered: tuple[Integers, Integers]
) -> tuple[Columns, Integers]:
    """Both legs of every contribution and payout, and the group of each."""
    paid, out = owed.paid_at != NEVER, pots.paid_at != NEVER
    group, round_group = owed.group[paid], pots.group[out]
    came = _legs(members, groups, group, owed.who[paid], numbered[0][paid], owed.paid_at[paid], groups.part[group])
    amount = groups.part[round_group] * pots.collected[out]
    went = _legs(members, groups, round_group, pots.who[out], numbered[1][out], pots.paid_at[out], amount, payout=True)
    rows = stack([*came, *went])
    return rows, np.concatenate([group, group, round_group, round_group])


def _legs(  # noqa: PLR0913, PLR0917 - what a movement is made of
    members: Members,
    groups: Groups,
    group: Integers,
    who: Integers,
    ids: Integers,
    at: Integers,
    amount: Integers,
    *,
    payout: bool = False,
) -> list[Columns]:
    """The member's leg, then the pot's, whose holder is the organiser."""
    organiser = groups.organiser[group]
    kind, channel = ("payout", "internal") if payout else ("contribution", "app")
    own = movements(
        ids,
        members,
        who,
        leg="credit" if payout else "debit",
        kind=kind,
        channel=channel,
        amount=amount,
        at=at,
        counterparty_id=members.user[organiser],
        counterparty_country="CA",
        device_id=None if payout else members.device[who],
        ip_country=None if payout else "CA",
    )
    pot = movements(
        ids,
        members,
        organiser,
        leg="debit" if payout else "credit",
        kind=kind,
        channel=channel,
        amount=amount,
        at=at,
        counterparty_id=members.user[who],
        counterparty_country="CA",
    )
    return [own, pot | {"account_id": groups.pot[group]}]
