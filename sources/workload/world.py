"""One world of a seed, a size and an instant: every row of every table, and what was planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from contracts.tables import find_table
from sources.workload.calendars import Calendar
from sources.workload.columns import (
    Array,
    Columns,
    Integers,
    full,
    height,
    named,
    sort_by,
    stack,
    take,
)
from sources.workload.household import household
from sources.workload.journal import books, chart_rows
from sources.workload.labels import chargebacks, disputes, numbered
from sources.workload.lending import lending
from sources.workload.merchants import Merchants, build_merchants, merchant_payments, merchant_rows
from sources.workload.movements import Numbers
from sources.workload.planting.cases import Planted
from sources.workload.planting.fraud import plant_compromised, plant_large
from sources.workload.planting.laundering import plant_rapid, plant_structuring
from sources.workload.planting.worlds import member_world, merchant_world
from sources.workload.population import Members, build_members, member_rows
from sources.workload.remittances import remittances
from sources.workload.sizes import HISTORY_DAYS, Size
from sources.workload.spending import Shops, build_shops, card_payments
from sources.workload.streams import stream

Key = tuple[str, str]

_EXTRA = ("movement", "shop", "member", "card", "relation", "merchant")


@dataclass(frozen=True)
class World:
    """`tables` by (app, table), in an order that foreign keys allow; `truth` has one row for each planted movement."""

    tables: dict[Key, Columns]
    truth: Columns


def build_world(seed: int, size: Size, as_of: datetime) -> World:
    """Build it all in memory: the same arguments give the same rows, byte for byte."""
    calendar = Calendar(as_of, HISTORY_DAYS)
    members = build_members(seed, size)
    banking, bank_truth = _banking(seed, size, members, calendar)
    merchants = build_merchants(seed, size)
    suite, suite_truth = _suite(seed, size, merchants, calendar)
    tables = {("diasporacore", name): rows for name, rows in banking.items()}
    tables |= {("finflow", name): rows for name, rows in suite.items()}
    return World(
        {key: _declared(key, rows) for key, rows in tables.items()},
        sort_by(stack([bank_truth, suite_truth]), "occurred_at"),
    )


def _banking(seed: int, size: Size, members: Members, calendar: Calendar) -> tuple[dict[str, Columns], Columns]:
    numbers, shops = Numbers(), build_shops(seed, size, members)
    orders, sent = remittances(seed, size, members, calendar, numbers)
    loans = lending(seed, size, members, calendar, numbers)
    daily = [household(seed, members, calendar, numbers), sent, loans["account_transactions"]]
    cards = max(200, size.movements - size.payments - sum(height(part) for part in daily))
    paid = card_payments(seed, members, shops, calendar, numbers, cards)
    plants = _plant_banking(seed, size, members, shops, calendar, paid, numbers)
    plain = {name: paid[name] for name in daily[0]}
    rows = stack([*daily, plain, *(plant.rows for plant in plants)])
    rows = sort_by(take(rows, calendar.within(rows["occurred_at"])), "occurred_at")
    rows["transaction_id"] = _identify(f"tx{seed}", rows["movement"])
    kind, case = _marks(rows["movement"], plants)
    told, known = disputes(seed, rows, kind, case, calendar.end)
    truth = _truth("diasporacore", {**rows, "party_id": rows["customer_id"]}, kind, case, known)
    people = member_rows(seed, members, calendar)
    tables = {
        "tenants": people["tenants"],
        "users": people["users"],
        "devices": _devices(seed, members, rows, calendar),
        "accounts": people["accounts"],
        "remittance_corridors": people["remittance_corridors"],
        "remittance_orders": orders,
        "account_transactions": rows,
        "transaction_disputes": numbered(told, "dispute_id", f"dispute{seed}"),
        "loans": loans["loans"],
        "loan_repayments": loans["loan_repayments"],
    }
    return tables, truth


def _plant_banking(  # noqa: PLR0913, PLR0917 - the whole world is the planter's ground
    seed: int, size: Size, members: Members, shops: Shops, calendar: Calendar, paid: Columns, numbers: Numbers
) -> list[Planted]:
    rng = stream(seed, "planted in banking")
    ground = member_world(seed, rng, members, shops, paid, numbers)
    return [
        plant_large(rng, ground, calendar),
        plant_compromised(rng, ground, calendar),
        plant_structuring(rng, members, calendar, numbers, size.cases(200, at_least=3)),
        plant_rapid(rng, members, calendar, numbers, size.cases(200, at_least=3)),
    ]


def _suite(seed: int, size: Size, merchants: Merchants, calendar: Calendar) -> tuple[dict[str, Columns], Columns]:
    rng, numbers = stream(seed, "planted in payments"), Numbers()
    paid = merchant_payments(seed, merchants, calendar, size.payments)
    paid["movement"] = numbers.take(height(paid))
    ground = merchant_world(seed, rng, merchants, paid, numbers)
    plants = [plant_large(rng, ground, calendar), plant_compromised(rng, ground, calendar)]
    rows = stack([paid, *(plant.rows for plant in plants)])
    rows = sort_by(take(rows, calendar.within(rows["occurred_at"])), "occurred_at")
    rows["payment_id"] = _identify(f"pay{seed}", rows["movement"])
    kind, case = _marks(rows["movement"], plants)
    back, known = chargebacks(seed, rows, kind, calendar.end)
    entries, lines = books(seed, rows, back, calendar.end)
    seen = {
        **rows,
        "transaction_id": rows["payment_id"],
        "leg": full(height(rows), "debit"),
        "attempt": np.ones(height(rows), dtype=np.int64),
        "account_id": rows["card_account_id"],
        "party_id": rows["customer_id"],
    }
    tables = {
        **merchant_rows(seed, merchants, calendar),
        "payments": rows,
        "chargebacks": numbered(back, "chargeback_id", f"chargeback{seed}"),
        "chart_of_accounts": chart_rows(merchants),
        "journal_entries": entries,
        "journal_lines": lines,
    }
    return tables, _truth("finflow", seen, kind, case, known)


def _identify(prefix: str, movement: Integers) -> Array:
    """Identifiers in the order of the rows; the two legs of a transfer share one, and none tells what it is."""
    _, first, position = np.unique(movement, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    return named(prefix, rank[position])


def _marks(movement: Integers, plants: list[Planted]) -> tuple[Array, Array]:
    """Of each movement the kind and the case that were planted, None for most."""
    size = int(movement.max()) + 1
    kind, case = full(size, None), full(size, None)
    for plant in plants:
        kind[plant.movement[plant.movement < size]] = plant.kind[plant.movement < size]
        case[plant.movement[plant.movement < size]] = plant.case[plant.movement < size]
    return kind[movement], case[movement]


def _truth(app: str, rows: Columns, kind: Array, case: Array, known: Integers) -> Columns:
    marked = np.flatnonzero(kind != None)  # noqa: E711 - element by element
    names = ("transaction_id", "leg", "attempt", "account_id", "party_id", "amount", "currency", "occurred_at")
    return {
        "app": full(len(marked), app),
        "kind": kind[marked],
        "case_id": case[marked],
        **{name: rows[name][marked] for name in names},
        "known_at": known[marked],
    }


def _devices(seed: int, members: Members, rows: Columns, calendar: Calendar) -> Columns:
    """Every device that a movement names, with the first member who used it, and the ones that nobody used yet."""
    rng = stream(seed, "devices")
    used = take(rows, rows["device_id"] != None)  # noqa: E711 - element by element
    device, first = np.unique(used["device_id"].astype(str), return_index=True)
    own = dict(zip(members.device.tolist(), range(len(members)), strict=True))
    joined = calendar.start - rng.integers(1, 10**14, len(members))
    others = np.array([name not in own for name in device.tolist()], dtype=bool)
    ids = np.concatenate([members.device, device[others].astype(object)])
    platform = rng.choice(3, len(ids), p=[0.42, 0.46, 0.12])
    return {
        "device_id": ids,
        "user_id": np.concatenate([members.user, used["customer_id"][first[others]]]),
        "platform": np.array(["ios", "android", "web"], dtype=object)[platform],
        "first_seen_at": np.concatenate([joined, used["occurred_at"][first[others]]]),
    }


def _declared(key: Key, rows: Columns) -> Columns:
    """The declared columns in their order; a column that nobody declares, or nobody fills, is a defect."""
    names = [column.name for column in find_table(*key).columns]
    if unknown := set(rows) - set(names) - set(_EXTRA) - {"tenant_id"}:
        raise KeyError(f"{key} has no columns {sorted(unknown)}")
    return {name: rows[name] for name in names}
