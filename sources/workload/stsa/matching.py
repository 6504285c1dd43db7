"""Open orders against new quotes, on the operational tables: executions, cash, positions and orders change together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg

from contracts.trading import load_trading

Row = dict[str, Any]

_POLICY = load_trading()
_OPEN = "('open', 'partially_filled')"
_WAITING = f"""
select order_id from stsa.orders
where instrument_id = %s and status in {_OPEN} and placed_at <= %s order by placed_at, order_id
"""  # noqa: S608 - our own text
# One by one, since the order before may have been of the same portfolio.
_ORDER = """
select o.*, p.cash, coalesce(s.quantity, 0) as held
from stsa.orders as o
join stsa.portfolios as p using (portfolio_id)
left join stsa.positions as s on s.portfolio_id = o.portfolio_id and s.instrument_id = o.instrument_id
where o.order_id = %s for update of o, p
"""
_EXECUTION = """
insert into stsa.order_executions (execution_id, order_id, quote_id, quantity, price, fee_amount, currency, executed_at)
values (%(execution_id)s, %(order_id)s, %(quote_id)s, %(shares)s, %(price)s, %(fee)s, %(currency)s, %(now)s)
"""
_BOUGHT = """
insert into stsa.positions as s (portfolio_id, instrument_id, quantity, opened_at, updated_at)
values (%(portfolio_id)s, %(instrument_id)s, %(shares)s, %(now)s, %(now)s)
on conflict (portfolio_id, instrument_id) do update set quantity = s.quantity + excluded.quantity
"""
_SOLD = """
update stsa.positions set quantity = quantity - %(shares)s
where portfolio_id = %(portfolio_id)s and instrument_id = %(instrument_id)s
"""
_PAID = "update stsa.portfolios set cash = cash - %(paid)s where portfolio_id = %(portfolio_id)s"
_FILLED = """
update stsa.orders set filled_quantity = filled_quantity + %(shares)s,
    status = case when filled_quantity + %(shares)s = quantity then 'filled' else 'partially_filled' end,
    closed_at = case when filled_quantity + %(shares)s = quantity then %(now)s end
where order_id = %(order_id)s
"""
_EXPIRED = f"""
update stsa.orders as o set status = 'expired', closed_at = %(now)s from stsa.portfolios as p
where o.portfolio_id = p.portfolio_id and p.exchange = %(exchange)s and o.status in {_OPEN}
    and (case o.time_in_force when 'day' then o.placed_at < %(opened)s else o.placed_at < %(oldest)s end)
"""  # noqa: S608 - our own text


def expire(cursor: psycopg.Cursor[Row], opened: Mapping[str, datetime], now: datetime) -> None:
    """End the orders whose time is over; `opened` says when the sessions that go on began."""
    oldest = now - timedelta(days=_POLICY.good_till_cancelled_days)
    for code in _POLICY.exchanges:
        since = opened.get(code, now)
        cursor.execute(_EXPIRED, {"exchange": code, "opened": since, "oldest": oldest, "now": now})


def match(cursor: psycopg.Cursor[Row], quotes: Mapping[str, Row], now: datetime) -> int:
    """Execute what these quotes allow, by instrument and in the order of time; how many executions."""
    made = 0
    for instrument, quote in quotes.items():
        left = {"buy": quote["ask_size"], "sell": quote["bid_size"]}
        for waiting in cursor.execute(_WAITING, [instrument, now]).fetchall():
            order = cursor.execute(_ORDER, [waiting["order_id"]]).fetchone()
            if order is not None and (shares := _shares(order, quote, left[order["side"]])):
                left[order["side"]] -= shares
                _execute(cursor, order, quote, shares, now)
                made += 1
    return made


def _shares(order: Row, quote: Row, size: int) -> int:
    """How many shares of an order the quote allows; none beyond its limit, its cash or what is held."""
    buys = order["side"] == "buy"
    price = quote["ask_price"] if buys else quote["bid_price"]
    sign = 1 if buys else -1
    collar = order["quoted_price"] * (100 + sign * _POLICY.collar_pct) / 100
    if sign * (price - (order["limit_price"] if order["limit_price"] is not None else collar)) > 0:
        return 0
    per_share = Decimal(_POLICY.commission.per_share_minor).scaleb(-2)
    minimum = Decimal(_POLICY.commission.minimum_minor).scaleb(-2)
    affordable = int((order["cash"] - minimum) // (price + per_share)) if buys else int(order["held"])
    return max(0, min(int(order["quantity"] - order["filled_quantity"]), size, affordable))


def _execute(cursor: psycopg.Cursor[Row], order: Row, quote: Row, shares: int, now: datetime) -> None:
    buys = order["side"] == "buy"
    price = quote["ask_price"] if buys else quote["bid_price"]
    fee = Decimal(_POLICY.commission.of(shares)).scaleb(-2)
    values = {
        **order,
        "execution_id": f"{order['order_id']}@{quote['quote_id'].rpartition('@')[2]}",
        "quote_id": quote["quote_id"],
        "shares": shares,
        "price": price,
        "fee": fee,
        "paid": (shares * price + fee) if buys else fee - shares * price,
        "now": now,
    }
    for statement in (_EXECUTION, _BOUGHT if buys else _SOLD, _PAID, _FILLED):
        cursor.execute(statement, values)
