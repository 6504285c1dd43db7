"""One system's part of a world: its rows, what was planted in them, and the names that its movements get."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sources.workload.columns import Array, Columns, Integers, full, named
from sources.workload.planting.cases import Planted


@dataclass(frozen=True)
class Built:
    """`tables` by name, in an order that foreign keys allow; `truth` has one row for each planted movement."""

    tables: dict[str, Columns]
    truth: Columns = field(default_factory=dict)


def identify(prefix: str, movement: Integers) -> Array:
    """Identifiers in the order of the rows; the two legs of a transfer share one, and none tells what it is."""
    _, first, position = np.unique(movement, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    return named(prefix, rank[position])


def marks(movement: Integers, plants: list[Planted]) -> tuple[Array, Array]:
    """Of each movement the kind and the case that were planted, None for most."""
    size = int(movement.max()) + 1
    kind, case = full(size, None), full(size, None)
    for plant in plants:
        kind[plant.movement[plant.movement < size]] = plant.kind[plant.movement < size]
        case[plant.movement[plant.movement < size]] = plant.case[plant.movement < size]
    return kind[movement], case[movement]


def truth_rows(app: str, rows: Columns, kind: Array, case: Array, known: Integers) -> Columns:
    """What was planted, one row for each marked movement; `rows` has `party_id` beside the movement's own columns."""
    marked = np.flatnonzero(kind != None)  # noqa: E711 - element by element
    names = ("transaction_id", "leg", "attempt", "account_id", "party_id", "amount", "currency", "occurred_at")
    return {
        "app": full(len(marked), app),
        "kind": kind[marked],
        "case_id": case[marked],
        **{name: rows[name][marked] for name in names},
        "known_at": known[marked],
    }
