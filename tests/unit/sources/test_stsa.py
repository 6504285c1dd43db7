"""Paper trading: nothing is made of nothing, nobody sells what they lack, and prices are those that were quoted."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from contracts.trading import load_trading
from sources.workload.calendars import Calendar, microseconds
from sources.workload.columns import DAY, NEVER, SECOND, Columns, height
from sources.workload.sizes import parse_size
from sources.workload.stsa.build import build_stsa
from sources.workload.stsa.crossing import first_at_most
from sources.workload.stsa.market import TICK
from tests.unit.sources.worlds import AS_OF, world

TRADING = load_trading()


def tables(size: str = "12000") -> dict[str, Columns]:
    return {name: rows for (app, name), rows in world(7, size).tables.items() if app == "stsa"}


def keyed(rows: Columns, key: str) -> dict[str, dict[str, Any]]:
    names = list(rows)
    return {
        row[names.index(key)]: dict(zip(names, row, strict=True))
        for row in zip(*(rows[name].tolist() for name in names), strict=True)
    }


def signed(part: dict[str, Columns]) -> list[tuple[str, str, int, int, int]]:
    """Portfolio, instrument, signed shares, signed money and fee of each execution in its order."""
    orders = keyed(part["orders"], "order_id")
    made = part["order_executions"]
    columns = zip(*(made[name].tolist() for name in ("order_id", "quantity", "price", "fee_amount")), strict=True)
    return [
        (order["portfolio_id"], order["instrument_id"], sign * quantity, sign * quantity * price, fee)
        for name, quantity, price, fee in columns
        for order in [orders[name]]
        for sign in [1 if order["side"] == "buy" else -1]
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("size", ["1000", "3000"])
def test_cash_and_shares_are_the_sum_of_executions(seed: int, size: str) -> None:
    part = build_stsa(seed, parse_size(size), Calendar(AS_OF, 120)).tables
    cash = dict(zip(part["portfolios"]["portfolio_id"], part["portfolios"]["starting_cash"].tolist(), strict=True))
    held: dict[tuple[str, str], int] = defaultdict(int)
    for portfolio, instrument, shares, money, fee in signed(part):
        cash[portfolio] -= money + fee
        held[portfolio, instrument] += shares
        assert cash[portfolio] >= 0
        assert held[portfolio, instrument] >= 0
    assert cash == dict(zip(part["portfolios"]["portfolio_id"], part["portfolios"]["cash"].tolist(), strict=True))
    told = zip(
        *(part["positions"][name].tolist() for name in ("portfolio_id", "instrument_id", "quantity")), strict=True
    )
    assert held == {(portfolio, instrument): quantity for portfolio, instrument, quantity in told}


def test_an_execution_has_the_price_and_at_most_the_shares_of_the_quote_that_held() -> None:
    part = tables()
    quotes, orders = keyed(part["quotes"], "quote_id"), keyed(part["orders"], "order_id")
    taken: dict[str, int] = {}
    for made in keyed(part["order_executions"], "execution_id").values():
        quote, order = quotes[made["quote_id"]], orders[made["order_id"]]
        buys = order["side"] == "buy"
        assert made["price"] == quote["ask_price" if buys else "bid_price"]
        assert made["quantity"] <= quote["ask_size" if buys else "bid_size"]
        assert quote["instrument_id"] == order["instrument_id"]
        assert 0 <= made["executed_at"] - quote["quoted_at"] < TICK
        assert order["placed_at"] < made["executed_at"]
        assert made["fee_amount"] == max(100, made["quantity"])
        if order["limit_price"] is not None:
            assert (made["price"] <= order["limit_price"]) if buys else (made["price"] >= order["limit_price"])
        taken[made["order_id"]] = taken.get(made["order_id"], 0) + made["quantity"]
    assert taken == {name: order["filled_quantity"] for name, order in orders.items() if order["filled_quantity"]}


def test_every_status_means_what_it_says() -> None:
    orders = tables()["orders"]
    full = orders["filled_quantity"] == orders["quantity"]
    assert set(orders["status"].tolist()) >= {"filled", "cancelled", "rejected", "expired"}
    assert (full == (orders["status"] == "filled")).all()
    rejected = orders["status"] == "rejected"
    assert ((orders["reject_reason"] != None) == rejected).all()  # noqa: E711 - element by element
    assert not orders["filled_quantity"][rejected].any()
    living = np.isin(orders["status"].astype(str), ["open", "partially_filled"])
    assert ((orders["closed_at"] == NEVER) == living).all()
    assert ((orders["order_type"] == "limit") | (orders["time_in_force"] == "day")).all()
    assert set(orders["reject_reason"].tolist()) >= {"insufficient_cash", "insufficient_shares", "market_closed"}


def test_some_orders_are_executed_in_parts() -> None:
    made = tables()["order_executions"]
    _, counts = np.unique(made["order_id"].astype(str), return_counts=True)
    assert set(counts.tolist()) == {1, 2, 3}


def test_followers_trade_after_their_leader_and_the_same() -> None:
    part = tables()
    orders, leaders = keyed(part["orders"], "order_id"), keyed(part["follows"], "follower_portfolio_id")
    copies = [order for order in orders.values() if order["copied_order_id"] is not None]
    assert len(copies) > 20
    for order in copies:
        led, follow = orders[order["copied_order_id"]], leaders[order["portfolio_id"]]
        assert led["portfolio_id"] == follow["leader_portfolio_id"]
        assert led["status"] != "rejected"
        assert 0 < order["placed_at"] - led["placed_at"] < 20 * SECOND
        assert led["placed_at"] >= follow["started_at"]
        for same in ("instrument_id", "side", "order_type", "time_in_force", "limit_price"):
            assert order[same] == led[same]


def test_prices_of_a_session_enclose_what_was_paid_in_it() -> None:
    part = tables()
    prices = {
        (name, day): (low, high)
        for name, day, low, high in zip(
            *(
                part["historical_prices"][one].tolist()
                for one in ("instrument_id", "price_date", "low_price", "high_price")
            ),
            strict=True,
        )
    }
    orders = keyed(part["orders"], "order_id")
    for made in keyed(part["order_executions"], "execution_id").values():
        instrument = orders[made["order_id"]]["instrument_id"]
        zone = TRADING.exchanges[instrument.partition(":")[0]].zone
        day = datetime.fromtimestamp(made["executed_at"] / SECOND, zone).date()
        low, high = prices[instrument, day]
        assert low <= made["price"] <= high


def test_quotes_keep_to_the_local_sessions_and_their_days_without_trading() -> None:
    part = tables()
    rows = part["quotes"]
    for instrument, at in zip(rows["instrument_id"].tolist(), rows["quoted_at"].tolist(), strict=True):
        exchange = TRADING.exchanges[instrument.partition(":")[0]]
        assert exchange.session_at(datetime.fromtimestamp(at / SECOND, UTC)) is not None
    days = {
        (name, day)
        for name, day in zip(
            part["historical_prices"]["instrument_id"], part["historical_prices"]["price_date"].tolist(), strict=True
        )
    }
    assert ("XTSE:NRTH", date(2026, 10, 12)) not in days  # Thanksgiving in Canada
    assert ("XNYS:AMBR", date(2026, 10, 12)) in days
    assert ("XNYS:AMBR", date(2026, 9, 7)) not in days  # Labour Day in both
    assert ("PRAC:KEEL", date(2026, 9, 6)) in days  # a Sunday


def test_there_is_a_quote_every_fifteen_seconds_of_the_last_half_hour() -> None:
    rows = tables()["quotes"]
    at = np.sort(rows["quoted_at"][rows["instrument_id"] == "PRAC:KEEL"])
    recent = at[at > microseconds(AS_OF) - 25 * 60 * SECOND]
    assert set(np.diff(recent).tolist()) == {TICK}


@pytest.mark.parametrize("as_of", [datetime(2026, 11, 20, 14, 30, tzinfo=UTC), datetime(2026, 3, 9, 15, tzinfo=UTC)])
def test_nothing_is_of_the_future_when_the_history_ends_within_a_session(as_of: datetime) -> None:
    part = build_stsa(7, parse_size("3000"), Calendar(as_of, 120)).tables
    for rows in part.values():
        for name, values in rows.items():
            if name.endswith("_at"):
                assert values.max() <= microseconds(as_of), name
    assert part["quotes"]["quoted_at"].max() > microseconds(as_of) - TICK - 1


def test_about_one_order_for_five_movements() -> None:
    assert height(tables("30000")["orders"]) == pytest.approx(6000, rel=0.15)


def test_some_portfolios_are_too_young_to_be_ranked() -> None:
    opened = tables("30000")["portfolios"]["opened_at"]
    assert 0.02 < (opened > microseconds(AS_OF) - 100 * DAY).mean() < 0.3


@given(
    path=st.lists(st.integers(0, 9), min_size=1, max_size=400),
    limit=st.integers(-1, 9),
    bounds=st.tuples(st.integers(0, 399), st.integers(-1, 500)),
)
@examples(max_examples=200)
def test_the_first_crossing_is_the_first(path: list[int], limit: int, bounds: tuple[int, int]) -> None:
    start, stop = min(bounds[0], len(path) - 1), bounds[1]
    expected = next((at for at in range(start, min(stop + 1, len(path))) if path[at] <= limit), -1)
    (found,) = first_at_most(np.array(path), np.array([limit]), np.array([start]), np.array([stop])).tolist()
    assert found == expected
