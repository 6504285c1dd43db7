"""A planted world's movements and labels as its two outboxes tell them (sources/sql/11, 12 and 13), in order of time, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from contracts.money import Rate, minor_units, rate_on, usd_minor
from sources.workload.columns import Array, Columns, full, height
from tests.bench.kernel_run import LABELS, MOVEMENTS, event, record

Json = dict[str, Any]
Key = tuple[str, str]

_TYPES = {"attempted": "attempted", "completed": "processed", "failed": "failed", "reversed": "reversed"}
_COPIED = (
    "transaction_id", "leg", "attempt", "status", "tenant_id", "jurisdiction", "kind", "channel", "account_id", "customer_id",
    "conductor_id", "on_behalf_of_id", "beneficiary_id", "counterparty_id", "counterparty_country", "currency", "device_id",
    "ip_country", "terminal_id", "kyc_tier",
)  # fmt: skip
_TOLD_OF = (
    "transaction_id", "leg", "occurred_at", "account_id", "customer_id", "counterparty_id", "device_id", "terminal_id",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """Data of movements and of labels of both systems, each in any order; times are UTC texts with microseconds."""

    movements: list[Json]
    labels: list[Json]

    def records(self) -> Iterator[bytes]:
        """What the kernel reads: what became known by the instant of a movement comes before it."""
        written = [(label["known_at"], 0, LABELS, label) for label in self.labels]
        written += [(one["occurred_at"], 1, MOVEMENTS, one) for one in self.movements]
        written.sort(key=lambda row: row[:2])
        for offset, (time, _, topic, data) in enumerate(written):
            yield record(topic, offset, _event(topic, time, data))

    def in_order(self) -> list[Json]:
        """The movements in the order of `records`."""
        return sorted(self.movements, key=lambda one: str(one["occurred_at"]))


def told(bank: Mapping[str, Columns], suite: Mapping[str, Columns]) -> Told:
    """What the tables of the credit unions and of the payments suite lead to."""
    banked, paid = list(_of_bank(bank)), list(_of_suite(suite))
    of_bank, of_suite = ({(one["transaction_id"], one["leg"]): one for one in part} for part in (banked, paid))
    disputes, chargebacks = bank["transaction_disputes"], suite["chargebacks"]
    reason = chargebacks["reason"]
    backs = {
        "label_id": chargebacks["chargeback_id"],
        "transaction_id": chargebacks["payment_id"],
        "leg": full(len(reason), "debit"),
        "label": np.where(reason == "fraud", "fraud", "legitimate"),
        "kind": full(len(reason), "chargeback"),
        "known_at": chargebacks["received_at"],
    }
    known = {**disputes, "label_id": disputes["dispute_id"], "known_at": disputes["recorded_at"]}
    return Told(banked + paid, [*_labels(known, of_bank), *_labels(backs, of_suite)])


def _of_bank(tables: Mapping[str, Columns]) -> Iterator[Json]:
    rows, users, tenants = tables["account_transactions"], tables["users"], tables["tenants"]
    people = zip(users["tenant_id"].tolist(), users["user_id"].tolist(), strict=True)
    tiers = dict(zip(people, users["kyc_tier"].tolist(), strict=True))
    who = zip(rows["tenant_id"].tolist(), rows["customer_id"].tolist(), strict=True)
    of_tenant = dict(zip(tenants["tenant_id"].tolist(), tenants["country"].tolist(), strict=True))
    more = {"kyc_tier": _objects(tiers.get(key) for key in who), "jurisdiction": _looked_up(rows, of_tenant)}
    return _movements("diasporacore", {**rows, **more})


def _of_suite(tables: Mapping[str, Columns]) -> Iterator[Json]:
    rows, tenants = tables["payments"], tables["tenants"]
    count = height(rows)
    of_tenant = dict(zip(tenants["tenant_id"].tolist(), tenants["jurisdiction"].tolist(), strict=True))
    more = {
        "transaction_id": rows["payment_id"],
        "leg": full(count, "debit"),
        "attempt": np.ones(count, dtype=np.int64),
        "kind": full(count, "card_payment"),
        "account_id": rows["card_account_id"],
        "counterparty_id": rows["tenant_id"],
        "jurisdiction": _looked_up(rows, of_tenant),
    }
    return _movements("finflow", {**rows, **more})


def _movements(app: str, rows: Columns) -> Iterator[Json]:
    names = [name for name in _COPIED if name in rows]
    values = zip(*(rows[name].tolist() for name in names), strict=True)
    for value, amount, at in zip(values, rows["amount"].tolist(), _texts(rows["occurred_at"]), strict=True):
        data = {name: one for name, one in zip(names, value, strict=True) if one is not None}
        rate = _rate(data["currency"], at[:10])
        minor = minor_units(Decimal(amount).scaleb(-2), data["currency"])
        money = {"amount_minor": minor, "amount_usd_minor": usd_minor(minor, rate), "rate_id": rate.rate_id}
        yield {"app": app, **data, **money, "occurred_at": at}


def _labels(rows: Columns, movements: Mapping[Key, Json]) -> Iterator[Json]:
    names = ("label_id", "transaction_id", "leg", "label", "kind")
    values = zip(*(rows[name].tolist() for name in names), strict=True)
    for value, known_at in zip(values, _texts(rows["known_at"]), strict=True):
        label = dict(zip(names, value, strict=True))
        movement = movements[label["transaction_id"], label["leg"]]
        keys = {name: movement[name] for name in _TOLD_OF if name in movement}
        yield {**keys, **label, "known_at": known_at, "app": movement["app"]}


def _event(topic: str, time: str, data: Json) -> Json:
    if topic == LABELS:
        label = {name: value for name, value in data.items() if name != "app"}
        return event(data["app"], "label.recorded.v1", data["label_id"], time, label)
    name = f"{data['transaction_id']}-{data['leg']}"
    return event(data["app"], f"transaction.{_TYPES[data['status']]}.v1", name, time, data)


@cache
def _rate(currency: str, day: str) -> Rate:
    return rate_on(currency, date.fromisoformat(day))


def _texts(instants: Array) -> list[str]:
    """Microseconds since 1970 as UTC texts."""
    texts = np.datetime_as_string(instants.astype("datetime64[us]"), unit="us").tolist()
    return [f"{text}Z" for text in texts]


def _looked_up(rows: Columns, of_tenant: Mapping[str, str]) -> Array:
    return _objects(of_tenant[tenant] for tenant in rows["tenant_id"].tolist())


def _objects(values: Iterable[object]) -> Array:
    return np.array(list(values), dtype=object)
