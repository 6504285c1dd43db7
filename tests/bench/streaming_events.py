"""Transaction events for the stream's benchmarks: any number, seeded, as the product's outboxes write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]

from contracts.events import event_schema

Array = npt.NDArray[Any]

TYPE = "transaction.processed.v1"
END = datetime(2026, 11, 28, tzinfo=UTC)

_CENTS_PER_DOLLAR = 1.37  # CAD for one USD; a benchmark needs any rate
_KINDS = {"card_payment": 0.5, "transfer": 0.28, "cash_in": 0.06, "cash_out": 0.06, "remittance": 0.06, "payout": 0.04}
_COUNTRIES = {"CA": 0.93, "US": 0.04, "MX": 0.02, "HT": 0.01}
_BURST = 6  # movements of a burst follow each other within an hour
_TELLING = 40_000  # from a movement to its event
# Together less than the day that the kernel keeps a key's state longer than it needs it.
_LATEST_HOURS, _SOON = 16.0, 6 * 3_600_000_000
_FRAUDS = 0.01  # of the movements, told days later
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_ROWS = 50_000


@dataclass(frozen=True)
class Traffic:
    """What is generated; the shares are of all events. The first account has `hot_share` beside its own part.

    Activity is uneven and comes in bursts, unless it is `even`: then every account has its turn before any has two.
    `late_share` come `late_hours` after their time on average, `tie_share` at the very time of the account's movement before,
    `null_share` have neither device nor other side nor terminal.
    """

    events: int
    accounts: int
    days: float = 30.0
    hot_share: float = 0.0
    late_share: float = 0.01
    late_hours: float = 2.0
    tie_share: float = 0.01
    null_share: float = 0.02
    even: bool = False
    seed: int = 7


def movements(traffic: Traffic) -> pa.Table:
    """The movements in the order they are told, by the contract's names where it has them.

    `moment` is when one occurred, `written` when it was told, in UTC: no two events are told in the same microsecond.
    """
    draw = np.random.default_rng(traffic.seed)
    account = _accounts(draw, traffic)
    kind = _choice(draw, _KINDS, traffic.events)
    present, cash = draw.random(traffic.events) < 0.6, np.isin(kind, ["cash_in", "cash_out"])
    card = kind == "card_payment"
    channel = np.where(card, np.where(present, "card_present", "card_not_present"), np.where(present, "app", "web"))
    channel = np.where(cash, np.where(present, "atm", "branch"), channel)
    at_terminal = np.isin(channel, ["card_present", "atm"])
    full = draw.random(traffic.events) >= traffic.null_share
    online = ~at_terminal & ~cash & full
    received = np.isin(kind, ["cash_in", "payout"]) | ((kind == "transfer") & (draw.random(traffic.events) < 0.4))
    cents = np.clip(draw.lognormal(8.3, 1.3, traffic.events), 100, 5_000_000).astype(np.int64)
    written, at = _times(draw, traffic, account)
    names = {
        "account_id": _names("acc", account),
        "customer_id": _names("cus", account * 3 // 4),
        "counterparty_id": _known(_counterparty(draw, traffic, account, kind), ~cash & full),
        "device_id": _known(_names("dev", _devices(draw, traffic, account)), online),
        "terminal_id": _known(_names("ter", _popular(draw, traffic, 10)), at_terminal & full),
        "ip_country": _known(_choice(draw, _COUNTRIES, traffic.events), online),
        "counterparty_country": _known(_choice(draw, _COUNTRIES, traffic.events), kind == "remittance"),
    }
    return pa.table(
        {
            "number": np.arange(traffic.events),
            "kind": kind,
            "channel": channel,
            "leg": np.where(received, "credit", "debit"),
            "amount_minor": cents,
            "amount_usd_minor": (cents / _CENTS_PER_DOLLAR).astype(np.int64),
            "moment": pa.array(at, pa.timestamp("us")),
            "written": pa.array(written, pa.timestamp("us")),
            "known": pa.array(
                written + 1 + 2 * (draw.exponential(2 * _DAY, traffic.events)).astype(np.int64), pa.timestamp("us")
            ),
            "is_fraud": draw.random(traffic.events) < _FRAUDS,
            **names,
        }
    )


def messages(traffic: Traffic) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each event, in order: a CloudEvent as `jsonb` writes it, absent values left out."""
    return _texts(traffic, f"select account_id, {_envelope(_data())} from ({_FIELDS}) order by number")


def labels(traffic: Traffic) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of each label, in the order in which they became known and were written."""
    kept = "known as written, 'label.recorded.v1' as type"
    told = f"select * replace ({kept}) from ({_FIELDS}) where is_fraud"
    return _texts(traffic, f"select transaction_id, {_envelope(_label())} from ({told}) order by written")


def _texts(traffic: Traffic, query: str) -> Iterator[tuple[bytes, bytes]]:
    with duckdb.connect() as session:
        session.register("told", movements(traffic))
        for batch in session.sql(query).to_arrow_reader(_ROWS):
            for key, value in zip(batch.column(0).to_pylist(), batch.column(1).to_pylist(), strict=True):
                yield key.encode(), value.encode()


# What the payments suite does not stamp.
_NOT_TOLD = frozenset({"conductor_id", "on_behalf_of_id", "beneficiary_id", "kyc_tier"})
_OCCURRED = "strftime(moment, '%Y-%m-%dT%H:%M:%S.%fZ')"
_FIELDS = f"""
    select *, 'pay-' || lpad(number::varchar, 16, '0') as transaction_id, 1 as attempt, 'completed' as status,
        'finflow' as app, 'tenant-bench' as tenant_id, 'CA' as jurisdiction, 'CAD' as currency,
        'CADUSD:2026-11-01' as rate_id, {_OCCURRED} as occurred_at,
        '{TYPE}' as type
    from told
"""


def _envelope(data: str) -> str:
    """An SQL expression; `jsonb` orders keys by their length, then by their bytes. Its id is a UUID of version 7, as PostgreSQL's."""
    time, rest = "format('{:012x}', epoch_us(written) // 1000)", "md5(type || transaction_id)"
    fraction = "format('{:03x}', ceil(epoch_us(written) % 1000 * 4.096)::bigint)"
    identity = f"""substr({time}, 1, 8), '-', substr({time}, 9), '-7', {fraction}, '-8', substr({rest}, 1, 3), '-',
        substr({rest}, 5, 12)"""
    return f"""concat('{{"id": "', {identity}, '", "data": {{', substr({data}, 3), '}}, "time": "', {_instant("written")},
        '", "type": "', type, '", "source": "/finflow", "subject": "', transaction_id,
        '", "specversion": "1.0", "datacontenttype": "application/json"}}')"""


def _data() -> str:
    fields: dict[str, Any] = event_schema(TYPE).schema["properties"]
    given = [name for name in fields if name not in _NOT_TOLD]
    numbers = {name for name in given if fields[name].get("type") == "integer"}
    return _members({name: name for name in given}, numbers)


def _label() -> str:
    keys = (
        "transaction_id",
        "leg",
        "occurred_at",
        "account_id",
        "customer_id",
        "counterparty_id",
        "device_id",
        "terminal_id",
    )
    told = {"label_id": "'lab-' || number", "label": "'fraud'", "kind": "'chargeback'", "known_at": _instant("written")}
    return _members({**{name: name for name in keys}, **told}, set())


def _members(values: dict[str, str], numbers: set[str]) -> str:
    parts = []
    for name in sorted(values, key=lambda name: (len(name), name)):
        mark = "" if name in numbers else '"'
        parts.append(f"""', "{name}": {mark}' || {values[name]} || '{mark}'""")
    return f"concat({', '.join(parts)})"


def _instant(moment: str) -> str:
    return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S.%fZ')"


def _accounts(draw: np.random.Generator, traffic: Traffic) -> Array:
    """Half of the accounts make two thirds of the movements, which come in bursts."""
    if traffic.even:
        return draw.permutation(traffic.accounts)[np.arange(traffic.events) % traffic.accounts]
    bursts = -(-traffic.events // _BURST)
    chosen = (traffic.accounts * draw.random(bursts) ** 1.5).astype(np.int64)
    account = np.repeat(chosen, _BURST)
    # Bursts overlap with what other accounts do within the hour.
    hour = max(int(traffic.events / (24 * traffic.days)), _BURST)
    order = np.argsort(np.arange(len(account)) + draw.integers(0, hour, len(account)), kind="stable")
    account = account[order][: traffic.events]
    return np.where(draw.random(traffic.events) < traffic.hot_share, 0, account)


def _times(draw: np.random.Generator, traffic: Traffic, account: Array) -> tuple[Array, Array]:
    """When each movement was written, rising by even numbers, and when it occurred: microseconds since 1970."""
    span = int(traffic.days * _DAY)
    begin = int(END.timestamp()) * 1_000_000 - span
    number = np.arange(traffic.events)
    written = begin + 2 * (
        np.maximum.accumulate(np.sort(draw.integers(0, span // 2, traffic.events)) - number) + number
    )
    late = draw.random(traffic.events) < traffic.late_share
    hours = np.minimum(draw.exponential(traffic.late_hours, traffic.events), _LATEST_HOURS)
    behind = np.where(late, (hours * _HOUR).astype(np.int64), 0)
    at = written - _TELLING - behind
    order = np.argsort(account, kind="stable")
    tied = draw.random(traffic.events) < traffic.tie_share
    follows = np.concatenate([[False], account[order][1:] == account[order][:-1]])
    soon = np.diff(written[order], prepend=0) < _SOON  # what happened months ago is not told now
    ties = np.flatnonzero(follows & soon & tied[order])
    at[order[ties]] = at[order[ties - 1]]
    return written, at


def _devices(draw: np.random.Generator, traffic: Traffic, account: Array) -> Array:
    """One of each account's own two, or one that many share."""
    own = 2 * account + (draw.random(traffic.events) < 0.15)
    shared = 2 * traffic.accounts + draw.integers(0, max(traffic.accounts // 200, 2), traffic.events)
    return np.where(draw.random(traffic.events) < 0.03, shared, own)


def _counterparty(draw: np.random.Generator, traffic: Traffic, account: Array, kind: Array) -> Array:
    """Merchants for cards, acquainted accounts for the rest."""
    friend = (account * 7 + 1 + (6 * draw.random(traffic.events) ** 2).astype(np.int64)) % max(traffic.accounts, 2)
    merchant = _names("mer", _popular(draw, traffic, 20))
    return np.where(kind == "card_payment", merchant, _names("acc", friend))


def _popular(draw: np.random.Generator, traffic: Traffic, accounts_each: int) -> Array:
    """One for so many accounts; a tenth of them takes a third."""
    count = max(traffic.accounts // accounts_each, 20)
    return (count * draw.random(traffic.events) ** 2).astype(np.int64)


def _choice(draw: np.random.Generator, shares: dict[str, float], count: int) -> Array:
    return np.array(list(shares))[draw.choice(len(shares), count, p=list(shares.values()))]


def _names(prefix: str, numbers: Array) -> Array:
    """`acc-0000012`, in one piece for each name that occurs."""
    distinct, places = np.unique(numbers, return_inverse=True)
    return np.array([f"{prefix}-{number:08d}" for number in distinct])[places]


def _known(values: Array, known: Array) -> pa.Array:
    return pa.array(values, mask=~known)
