"""A block of live traffic: who does what, in which order, from one seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from sources.workload.live.actions import Action, new_device, repeat_movement, repeat_payment
from sources.workload.live.busy import Busy
from sources.workload.live.plants import plant
from sources.workload.live.pool import Pool, Row
from sources.workload.streams import happens, pick, stream

_PAYMENT_SHARE = 0.3  # of the actions, finflow's part
_NEW_DEVICE = 0.02
_TRIES = 12
_BATCH = 4096


def plan_block(seed: int, block: int, run: str, pool: Pool, count: int) -> list[Action]:
    """Actions of about `count` movements in their order; planted ones among them."""
    rng = stream(seed, "live", str(block))
    planted = plant(rng, pool, f"{run}b{block}", count)
    wanted = count - sum(action.weight for action in planted)
    busy = Busy()
    for action in planted:
        busy.note(action)
    ordinary = list(_ordinary(rng, pool, f"{run}b{block}", wanted, busy))
    for action, place in zip(ordinary, rng.random(len(ordinary)).tolist(), strict=True):
        action.position = place
    return sorted([*ordinary, *planted], key=lambda action: action.position)


def _ordinary(rng: np.random.Generator, pool: Pool, run: str, count: int, busy: Busy) -> Iterator[Action]:
    movements, payments = _draw(rng, pool.movements), _draw(rng, pool.payments)
    done = 0
    while done < count:
        first, second = (payments, movements) if happens(rng, _PAYMENT_SHARE) else (movements, payments)
        past = _unhurried(first, busy) or _unhurried(second, busy) or next(first)
        action = repeat_payment(rng, past) if "card_account_id" in past else repeat_movement(rng, past)
        if action.rows[0]["device_id"] is not None and happens(rng, _NEW_DEVICE):
            action.rows[0]["device_id"] = new_device(rng, run)
        busy.note(action)
        done += action.weight
        yield action


def _unhurried(rows: Iterator[Row], busy: Busy) -> Row | None:
    """The next past row of somebody who has time for it; none after some tries: before work hardly anything but salaries is there."""
    return next((past for past in islice(rows, _TRIES) if busy.has_time(past)), None)


def _draw(rng: np.random.Generator, rows: list[Row]) -> Iterator[Row]:
    """Past rows without end; busy accounts less often than their share."""
    weights = 1 / np.sqrt(np.array([float(row["activity"]) for row in rows]))
    while True:
        for index in pick(rng, weights, _BATCH).tolist():
            yield rows[index]
