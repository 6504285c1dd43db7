"""A block of live traffic: who does what, in which order, from one seed."""

from __future__ import annotations

import numpy as np

from sources.workload.live.actions import Action, new_device, repeat_movement, repeat_payment
from sources.workload.live.plants import plant
from sources.workload.live.pool import Pool, Row
from sources.workload.streams import happens, pick, stream

_PAYMENT_SHARE = 0.3  # of the actions, finflow's part
_NEW_DEVICE = 0.02


def plan_block(seed: int, block: int, run: str, pool: Pool, count: int) -> list[Action]:
    """Actions of about `count` movements in their order; planted ones among them."""
    rng = stream(seed, "live", str(block))
    planted = plant(rng, pool, f"{run}b{block}", count)
    wanted = count - sum(action.weight for action in planted)
    ordinary = _ordinary(rng, pool, f"{run}b{block}", wanted)
    for action, place in zip(ordinary, rng.random(len(ordinary)).tolist(), strict=True):
        action.position = place
    return sorted([*ordinary, *planted], key=lambda action: action.position)


def _ordinary(rng: np.random.Generator, pool: Pool, run: str, count: int) -> list[Action]:
    actions: list[Action] = []
    done = 0
    movements, payments = _draw(rng, pool.movements, count), _draw(rng, pool.payments, count)
    for index in range(count):
        if done >= count:
            break
        if happens(rng, _PAYMENT_SHARE):
            action = repeat_payment(rng, payments[index])
        else:
            action = repeat_movement(rng, movements[index])
        if action.rows[0]["device_id"] is not None and happens(rng, _NEW_DEVICE):
            action.rows[0]["device_id"] = new_device(rng, run)
        actions.append(action)
        done += action.weight
    return actions


def _draw(rng: np.random.Generator, rows: list[Row], count: int) -> list[Row]:
    """Past rows; busy accounts less often than their share, because an hour of theirs passes in a minute here."""
    weights = 1 / np.sqrt(np.array([float(row["activity"]) for row in rows]))
    return [rows[index] for index in pick(rng, weights, count).tolist()]
