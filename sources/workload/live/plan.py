"""A block of live traffic: who does what, in which order, from one seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from sources.workload.live.actions import Action, new_device, repeat_movement, repeat_payment
from sources.workload.live.plants import holder, plant
from sources.workload.live.pool import Pool, Row
from sources.workload.streams import happens, pick, stream

_PAYMENT_SHARE = 0.3  # of the actions, finflow's part
_NEW_DEVICE = 0.02
# Live traffic passes in minutes what takes people days. Few do more than this within one hour, and nobody pays in the
# takings of a day twice.
_MOST_MOVEMENTS = 4
_TRIES = 12
_BATCH = 4096


def plan_block(seed: int, block: int, run: str, pool: Pool, count: int) -> list[Action]:
    """Actions of about `count` movements in their order; planted ones among them."""
    rng = stream(seed, "live", str(block))
    planted = plant(rng, pool, f"{run}b{block}", count)
    wanted = count - sum(action.weight for action in planted)
    ordinary = list(_ordinary(rng, pool, f"{run}b{block}", wanted))
    for action, place in zip(ordinary, rng.random(len(ordinary)).tolist(), strict=True):
        action.position = place
    return sorted([*ordinary, *planted], key=lambda action: action.position)


def _ordinary(rng: np.random.Generator, pool: Pool, run: str, count: int) -> Iterator[Action]:
    movements, payments = _draw(rng, pool.movements), _draw(rng, pool.payments)
    busy: Counter[tuple[str, str]] = Counter()
    done = 0
    while done < count:
        if happens(rng, _PAYMENT_SHARE):
            action = repeat_payment(rng, _unhurried(payments, busy))
        else:
            action = repeat_movement(rng, _unhurried(movements, busy))
        if action.rows[0]["device_id"] is not None and happens(rng, _NEW_DEVICE):
            action.rows[0]["device_id"] = new_device(rng, run)
        for row in action.rows:
            busy[holder(row), ""] += 1
            busy[holder(row), row.get("kind", "")] += 1
        done += action.weight
        yield action


def _unhurried(rows: Iterator[Row], busy: Counter[tuple[str, str]]) -> Row:
    """The next past row of somebody who has time for it; after some tries, of anybody."""
    past = next(rows)
    for _ in range(_TRIES):
        once = past.get("kind") == "cash_in" and busy[holder(past), "cash_in"]
        if not once and busy[holder(past), ""] < _MOST_MOVEMENTS:
            break
        past = next(rows)
    return past


def _draw(rng: np.random.Generator, rows: list[Row]) -> Iterator[Row]:
    """Past rows without end; busy accounts less often than their share."""
    weights = 1 / np.sqrt(np.array([float(row["activity"]) for row in rows]))
    while True:
        for index in pick(rng, weights, _BATCH).tolist():
            yield rows[index]
