"""Quotes of exchange rates, most of them taken by an order before their lock ends, and the steps of the orders."""

from __future__ import annotations

import numpy as np

from contracts.remittances import load_remittance_policy
from sources.workload.columns import MINUTE, NEVER, Array, Columns, Integers, full, height, named, stack, take
from sources.workload.population import CORRIDORS
from sources.workload.streams import chance, stream

_LOOKED_ONLY = 0.25  # quotes that no order took, for each that one did
_THINKING_MINUTES = 4


def lock_microseconds() -> int:
    """How long a quote holds."""
    return int(load_remittance_policy().quote_lock.total_seconds() * 1_000_000)


def quote_orders(seed: int, orders: Columns, reference: Array) -> tuple[Columns, Columns]:
    """The orders with their quotes, and every quote in the order of time; `reference` are the rates before the spread."""
    rng, count = stream(seed, "quotes"), height(orders)
    thought = np.minimum(rng.exponential(_THINKING_MINUTES, count), 29) * MINUTE
    taken = _quotes(orders, reference, orders["created_at"] - thought.astype(np.int64))
    looked = np.flatnonzero(chance(rng, count, _LOOKED_ONLY))
    earlier = orders["created_at"] - (rng.uniform(40, 4000, count) * MINUTE).astype(np.int64)
    idle = take(_quotes(orders, reference, earlier), looked)
    quotes = stack([taken, idle])
    place = np.argsort(quotes["quoted_at"], kind="stable")
    rank = np.empty(len(place), dtype=np.int64)
    rank[place] = np.arange(1, len(place) + 1)
    quotes["quote_id"] = named(f"quote{seed}", rank)
    return {**orders, "quote_id": quotes["quote_id"][:count]}, take(quotes, place)


def status_rows(seed: int, orders: Columns) -> Columns:
    """When each order reached the partner, and when it was paid out."""
    rng = stream(seed, "remittance steps")
    created, completed = orders["created_at"], orders["completed_at"]
    end = np.where(completed == NEVER, created + 20 * MINUTE, completed)
    sent = created + ((end - created) * rng.uniform(0.02, 0.3, len(created))).astype(np.int64)
    paid = completed != NEVER
    steps = [_steps(orders, "sent", sent), take(_steps(orders, "paid", completed), paid)]
    return stack(steps)


def _steps(orders: Columns, status: str, at: Integers) -> Columns:
    return {
        "remittance_order_id": orders["remittance_order_id"],
        "tenant_id": orders["tenant_id"],
        "status": full(height(orders), status),
        "logged_at": at,
    }


def _quotes(orders: Columns, reference: Array, at: Integers) -> Columns:
    spread = {f"CA-{country}": spec[3] for country, spec in CORRIDORS.items()}
    return {
        **{name: orders[name] for name in ("tenant_id", "user_id", "corridor", "fx_rate")},
        "from_currency": orders["currency"],
        "to_currency": orders["payout_currency"],
        "reference_rate": np.round(reference, 8),
        "spread_pct": np.array([spread[corridor] for corridor in orders["corridor"].tolist()]),
        "quoted_at": at,
        "expires_at": at + lock_microseconds(),
    }
