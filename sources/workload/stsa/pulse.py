"""What the paper trading system does of itself while live: quotes every 15 seconds, and orders that meet them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import dict_row

from contracts.trading import load_trading
from sources.workload.streams import choose, happens
from sources.workload.stsa.market import half_spread, quote_id
from sources.workload.stsa.matching import expire, match

Connection = psycopg.Connection[Any]
Row = dict[str, Any]

_ORDERS = 3
_STEP = 0.0005  # standard deviation of a price's change from quote to quote
_POLICY = load_trading()

_LAST = """
select distinct on (i.instrument_id) i.instrument_id, i.exchange, i.currency, p.close_price
from stsa.instruments as i join stsa.historical_prices as p using (instrument_id)
where i.exchange = any(%s) order by i.instrument_id, p.price_date desc
"""
_QUOTE = """
insert into stsa.quotes (quote_id, instrument_id, bid_price, ask_price, bid_size, ask_size, quoted_at)
values (%(quote_id)s, %(instrument_id)s, %(bid_price)s, %(ask_price)s, %(bid_size)s, %(ask_size)s, %(quoted_at)s)
"""
_KNOWN = "select instrument_id from stsa.quotes where quote_id = any(%s)"
_PRICE = """
insert into stsa.historical_prices as p
    (instrument_id, price_date, open_price, high_price, low_price, close_price, updated_at)
values (%(instrument_id)s, %(day)s, %(middle)s, %(ask_price)s, %(bid_price)s, %(middle)s, %(quoted_at)s)
on conflict (instrument_id, price_date) do update set
    high_price = greatest(p.high_price, excluded.high_price), low_price = least(p.low_price, excluded.low_price),
    close_price = excluded.close_price
"""
# What open orders may still cost or sell is not free.
_PORTFOLIO = """
select p.portfolio_id, p.starting_cash, p.cash - coalesce((
    select sum((o.quantity - o.filled_quantity) * coalesce(o.limit_price, o.quoted_price * 1.02))
    from stsa.orders as o
    where o.portfolio_id = p.portfolio_id and o.side = 'buy' and o.status in ('open', 'partially_filled')
), 0) as free_cash
from stsa.portfolios as p where p.exchange = %s
order by p.portfolio_id offset %s limit 1
"""
_HELD = """
select s.instrument_id, s.quantity - coalesce((
    select sum(o.quantity - o.filled_quantity) from stsa.orders as o
    where o.portfolio_id = s.portfolio_id and o.instrument_id = s.instrument_id and o.side = 'sell'
        and o.status in ('open', 'partially_filled')
), 0) as free
from stsa.positions as s where s.portfolio_id = %s and s.quantity > 0 order by s.instrument_id
"""
_COPIED = """
select o.*, f.follower_portfolio_id, p.starting_cash as follower_start, l.starting_cash as leader_start
from stsa.follows as f
join stsa.orders as o on o.portfolio_id = f.leader_portfolio_id
join stsa.portfolios as p on p.portfolio_id = f.follower_portfolio_id
join stsa.portfolios as l on l.portfolio_id = f.leader_portfolio_id
where o.side = 'buy' and o.status <> 'rejected' and o.placed_at < %(now)s
    and o.placed_at > %(now)s - interval '20 seconds' and o.instrument_id = any(%(quoted)s)
    and not exists (
        select from stsa.orders as c
        where c.portfolio_id = f.follower_portfolio_id and c.copied_order_id = o.order_id
    )
order by o.order_id, f.follower_portfolio_id
"""
_ORDER = """
insert into stsa.orders (order_id, portfolio_id, instrument_id, side, order_type, time_in_force, quantity, limit_price,
    quoted_price, currency, status, copied_order_id, placed_at, updated_at)
values (%(order_id)s, %(portfolio_id)s, %(instrument_id)s, %(side)s, %(order_type)s, 'day', %(quantity)s,
    %(limit_price)s, %(quoted_price)s, %(currency)s, 'open', %(copied_order_id)s, %(now)s, %(now)s)
"""


def pulse(connection: Connection, rng: np.random.Generator, now: datetime, second: int) -> Counter[str]:
    """Every 15 seconds a quote of each instrument whose exchange is open, then orders and what they meet."""
    rows: Counter[str] = Counter()
    if second % _POLICY.quote_seconds:
        return rows
    sessions = {code: found for code, exchange in _POLICY.exchanges.items() if (found := exchange.session_at(now))}
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        days = {code: day for code, (day, _, _) in sessions.items()}
        quotes = _quote(cursor, rng, now, days)
        rows["stsa.quotes"] += len(quotes)
        rows["stsa.historical_prices"] += len(quotes)
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        expire(cursor, {code: opened for code, (_, opened, _) in sessions.items()}, now)
        made = [*_copies(cursor, quotes, now), *_orders(cursor, rng, list(quotes.values()), now)]
        for order in made:
            cursor.execute(_ORDER, order)
        rows["stsa.orders"] += len(made)
        rows["stsa.order_executions"] += match(cursor, quotes, now)
    return rows


def _quote(
    cursor: psycopg.Cursor[Row], rng: np.random.Generator, now: datetime, days: dict[str, date]
) -> dict[str, Row]:
    """Write the next quote of each instrument of these exchanges, but where one of this instant stands; by instrument."""
    quotes = {}
    for last in cursor.execute(_LAST, [list(days)]).fetchall():
        middle = max(200, round(float(last["close_price"]) * 100 * float(np.exp(rng.normal(0, _STEP)))))
        half = half_spread(middle)
        quotes[last["instrument_id"]] = {
            **last,
            "quote_id": quote_id(last["instrument_id"], int(now.timestamp() * 1000)),
            "day": days[last["exchange"]],
            "middle": Decimal(middle).scaleb(-2),
            "bid_price": Decimal(middle - half).scaleb(-2),
            "ask_price": Decimal(middle + half).scaleb(-2),
            "bid_size": 100 * int(rng.integers(1, 13)),
            "ask_size": 100 * int(rng.integers(1, 13)),
            "quoted_at": now,
        }
    known = cursor.execute(_KNOWN, [[quote["quote_id"] for quote in quotes.values()]]).fetchall()
    for row in known:
        del quotes[row["instrument_id"]]
    cursor.executemany(_QUOTE, quotes.values())
    cursor.executemany(_PRICE, quotes.values())
    return quotes


def _orders(cursor: psycopg.Cursor[Row], rng: np.random.Generator, quotes: list[Row], now: datetime) -> Iterable[Row]:
    """A few orders that portfolios can pay for, each of another portfolio."""
    seen: set[str] = set()
    for number in range(_ORDERS if quotes else 0):
        quote = quotes[int(rng.integers(len(quotes)))]
        cursor.execute("select count(*) as count from stsa.portfolios where exchange = %s", [quote["exchange"]])
        count = (cursor.fetchone() or {"count": 0})["count"]
        owner = cursor.execute(_PORTFOLIO, [quote["exchange"], int(rng.integers(max(1, count)))]).fetchone()
        if owner is None or owner["portfolio_id"] in seen:
            continue
        seen.add(owner["portfolio_id"])
        held = {row["instrument_id"]: int(row["free"]) for row in cursor.execute(_HELD, [owner["portfolio_id"]])}
        sells = held.get(quote["instrument_id"], 0) > 0 and happens(rng, 0.5)
        wished = min(owner["starting_cash"] * Decimal(str(round(rng.uniform(0.01, 0.05), 4))), owner["free_cash"])
        can_buy = int(wished * Decimal("0.97") // quote["ask_price"])
        quantity = max(1, held[quote["instrument_id"]] // 2) if sells else can_buy
        if quantity > 0:
            yield {
                **_new_order(quote, "sell" if sells else "buy", now, f"{now.timestamp() * 1000:.0f}-{number}"),
                "portfolio_id": owner["portfolio_id"],
                "order_type": (kind := str(choose(rng, ("market", "limit"), 1)[0])),
                "limit_price": quote["middle"] if kind == "limit" else None,
                "quantity": quantity,
                "copied_order_id": None,
            }


def _copies(cursor: psycopg.Cursor[Row], quotes: dict[str, Row], now: datetime) -> Iterable[Row]:
    """Followers' copies of the purchases of the last quote, in proportion to what both started with."""
    found = cursor.execute(_COPIED, {"now": now, "quoted": list(quotes)}).fetchall()
    for number, led in enumerate(found):
        quantity = int(led["quantity"] * led["follower_start"] // led["leader_start"])
        if quantity > 0:
            yield {
                **_new_order(quotes[led["instrument_id"]], "buy", now, f"{now.timestamp() * 1000:.0f}-c{number}"),
                "portfolio_id": led["follower_portfolio_id"],
                "order_type": led["order_type"],
                "limit_price": led["limit_price"],
                "quantity": quantity,
                "copied_order_id": led["order_id"],
            }


def _new_order(quote: Row, side: str, now: datetime, name: str) -> Row:
    return {
        "order_id": f"order-{name}",
        "instrument_id": quote["instrument_id"],
        "side": side,
        "quoted_price": quote["ask_price"] if side == "buy" else quote["bid_price"],
        "currency": quote["currency"],
        "now": now,
    }
