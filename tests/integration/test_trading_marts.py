"""Trading marts over built rows: every figure worked out by hand, or by exact arithmetic over a whole history."""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import psycopg
import pytest

from contracts.settings import Settings
from contracts.tables import find_table, load_systems
from contracts.trading import load_trading
from pipelines.warehouse.dbt import DBT_PROJECT, executable, set_environment
from pipelines.warehouse.declared import load_declared
from sources.bulk import csv_bytes
from sources.workload.calendars import Calendar
from sources.workload.sizes import parse_size
from sources.workload.stsa.build import build_stsa
from tests.unit.sources.worlds import AS_OF

pytestmark = pytest.mark.integration

TABLES = next(system.tables for system in load_systems() if system.app == "stsa")
CENT = Decimal("0.01")
# Portfolio p1 buys 10 at 10.00 and 5 at 13.00, sells 4 at 12.00, then all that is left at 9.00; commission 1.00 each.
STEPS = ((10, "10.00"), (5, "13.00"), (-4, "12.00"), (-11, "9.00"))


@pytest.fixture
def warehouse(postgres: Settings) -> Iterator[psycopg.Connection[Any]]:
    load_declared(postgres)
    with psycopg.connect(postgres.database_url("warehouse"), autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        for table in TABLES:
            columns = ", ".join(f"{column.name} {column.type.replace('integer', 'bigint')}" for column in table.columns)
            connection.execute(f"drop table if exists lake_silver.stsa__{table.name} cascade".encode())
            connection.execute(f"create table lake_silver.stsa__{table.name} ({columns})".encode())
        yield connection


def build(settings: Settings) -> str:
    """Build the trading marts with what they stand on; what dbt said."""
    set_environment(settings)
    command = [str(executable()), "--no-use-colors", "build", "--project-dir", str(DBT_PROJECT)]
    command += ["--select", "staging.stsa", "+marts.trading"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout
    return done.stdout


def put(connection: psycopg.Connection[Any], table: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        names = ", ".join(row)
        marks = ", ".join(["%s"] * len(row))
        statement = f"insert into lake_silver.stsa__{table} ({names}) values ({marks})"
        connection.execute(statement.encode(), list(row.values()))


def asked(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def a_portfolio(connection: psycopg.Connection[Any], name: str, opened: str, cash: str = "1000.00") -> None:
    put(connection, "traders", {"trader_id": f"t-{name}", "alias": f"wren-{name}", "registered_at": opened})
    row = {"portfolio_id": name, "trader_id": f"t-{name}", "exchange": "XTSE", "currency": "CAD"}
    put(connection, "portfolios", {**row, "starting_cash": "1000.00", "cash": cash, "opened_at": opened})


def prices(connection: psycopg.Connection[Any], *closes: tuple[str, str]) -> None:
    row = {"instrument_id": "XTSE:AAA", "symbol": "AAA", "issuer": "A", "exchange": "XTSE"}
    put(connection, "instruments", {**row, "kind": "share", "currency": "CAD"})
    for day, close in closes:
        put(connection, "historical_prices", {"instrument_id": "XTSE:AAA", "price_date": day, "close_price": close})


def an_execution(connection: psycopg.Connection[Any], portfolio: str, signed: int, price: str, at: str) -> None:
    name, side, quantity = f"{portfolio}-{at}", "buy" if signed > 0 else "sell", abs(signed)
    order: dict[str, Any] = {"order_id": name, "portfolio_id": portfolio, "instrument_id": "XTSE:AAA", "side": side}
    order |= {"order_type": "market", "quantity": quantity, "filled_quantity": quantity, "quoted_price": price}
    put(connection, "orders", {**order, "currency": "CAD", "status": "filled", "placed_at": at})
    quote: dict[str, Any] = {"quote_id": name, "instrument_id": "XTSE:AAA", "bid_price": price, "ask_price": price}
    put(connection, "quotes", quote)
    made: dict[str, Any] = {
        "execution_id": name,
        "order_id": name,
        "quote_id": name,
        "quantity": quantity,
        "price": price,
    }
    put(connection, "order_executions", {**made, "fee_amount": "1.00", "currency": "CAD", "executed_at": at})


def test_average_cost_profit_returns_and_drawdown_to_the_cent(
    warehouse: psycopg.Connection[Any], postgres: Settings
) -> None:
    days = ("2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19")
    prices(warehouse, *zip(days, ("10.50", "12.50", "11.00", "9.00"), strict=True))
    a_portfolio(warehouse, "p1", "2026-11-16T14:00:00Z", cash="978.00")
    for day, (signed, price) in zip(days, STEPS, strict=True):
        an_execution(warehouse, "p1", signed, price, f"{day}T15:00:00Z")
    put(warehouse, "positions", {"portfolio_id": "p1", "instrument_id": "XTSE:AAA", "quantity": 0})
    told = build(postgres)
    assert "WARN=0" in told
    steps = asked(
        warehouse, "select quantity, cost_amount, realised_amount from intermediate.int_trading_books order by 1"
    )
    # 101 and 66 make 167 for 15; 4 of 15 take out 44.53, and bring 48 - 1; the last 11 take out 122.47 and bring 99 - 1.
    assert sorted(steps) == [
        (0, Decimal("0.00"), Decimal("-24.47")),
        (10, Decimal("101.00"), Decimal("0.00")),
        (11, Decimal("122.47"), Decimal("2.47")),
        (15, Decimal("167.00"), Decimal("0.00")),
    ]
    values = asked(
        warehouse,
        "select cash::text, market_value::text, return_ratio::text, drawdown_ratio::text from marts.fct_portfolio_days order by value_date",
    )
    assert values == [
        ("899.00", "105.00", "0.00400000", "0.00000000"),
        ("833.00", "187.50", "0.01643426", "0.00000000"),
        ("880.00", "121.00", "-0.01910828", "0.01910828"),
        ("978.00", "0.00", "-0.02297702", "0.04164625"),
    ]


def test_a_portfolio_that_the_system_tells_otherwise_is_warned_of(
    warehouse: psycopg.Connection[Any], postgres: Settings
) -> None:
    prices(warehouse, ("2026-11-16", "10.00"))
    a_portfolio(warehouse, "p1", "2026-11-16T14:00:00Z", cash="898.99")
    an_execution(warehouse, "p1", 10, "10.00", "2026-11-16T15:00:00Z")
    put(warehouse, "positions", {"portfolio_id": "p1", "instrument_id": "XTSE:AAA", "quantity": 10})
    warehouse.execute("update lake_silver.stsa__quotes set ask_price = 10.01")
    assert "WARN=2" in build(postgres)


def test_ranks_have_ties_and_the_young_and_the_idle_have_none(
    warehouse: psycopg.Connection[Any], postgres: Settings
) -> None:
    minimum = load_trading().leaderboard_minimum_sessions
    days = [f"2026-{month:02d}-{day:02d}" for month in (9, 10) for day in range(1, 29)][: minimum + 1]
    prices(warehouse, *((day, "10.00") for day in days[:-1]), (days[-1], "11.00"))
    for name, shares, opened in (("one", 10, 0), ("two", 10, 0), ("three", 5, 1), ("young", 20, 2), ("idle", 0, 0)):
        a_portfolio(warehouse, name, f"{days[opened]}T14:00:00Z")
        if shares:
            an_execution(warehouse, name, shares, "10.00", f"{days[opened]}T15:00:00Z")
    build(postgres)
    ranked = asked(
        warehouse, "select alias, rank, sessions, return_ratio::text from marts.rpt_trading_leaderboard order by 2, 1"
    )
    assert ranked == [
        ("wren-one", 1, minimum + 1, "0.00900000"),
        ("wren-two", 1, minimum + 1, "0.00900000"),
        ("wren-three", 3, minimum, "0.00400000"),
    ]
    (volatility,) = asked(
        warehouse, "select volatility_ratio::text from marts.rpt_portfolio_performance where portfolio_id = 'three'"
    )
    returns = [Decimal("-0.00100000"), *[Decimal(0)] * (minimum - 2), Decimal("0.00500501")]
    mean = sum(returns, Decimal(0)) / minimum
    variance = sum(((one - mean) * (one - mean) for one in returns), Decimal(0)) / (minimum - 1)
    assert Decimal(volatility[0]) == (variance.sqrt() * Decimal(252).sqrt()).quantize(Decimal(1).scaleb(-8))


def test_order_quality_counts_every_order_and_slippage_is_worse_when_positive(
    warehouse: psycopg.Connection[Any], postgres: Settings
) -> None:
    prices(warehouse, ("2026-11-16", "10.00"))
    a_portfolio(warehouse, "p1", "2026-11-16T14:00:00Z")
    an_execution(warehouse, "p1", 10, "10.00", "2026-11-16T15:00:00Z")
    an_execution(warehouse, "p1", -10, "10.00", "2026-11-16T16:00:00Z")
    warehouse.execute("update lake_silver.stsa__orders set quoted_price = 9.90 where side = 'buy'")
    warehouse.execute("update lake_silver.stsa__orders set quoted_price = 10.20 where side = 'sell'")
    plain: dict[str, Any] = {"portfolio_id": "p1", "instrument_id": "XTSE:AAA", "side": "buy", "order_type": "market"}
    plain |= {"quantity": 20, "filled_quantity": 0, "currency": "CAD", "placed_at": "2026-11-17T02:00:00Z"}
    put(warehouse, "orders", {**plain, "order_id": "no", "status": "rejected"})
    put(warehouse, "orders", {**plain, "order_id": "late", "status": "expired"})
    build(postgres)
    (row,) = asked(
        warehouse,
        "select placed_date::text, orders, filled_orders, rejected_orders, expired_orders, fill_ratio::text,"
        " slippage_amount::text, slippage_ratio::text from marts.rpt_order_quality",
    )
    # The last two were placed at nine in the evening of the same day in Toronto. 10 x 0.10 and 10 x 0.20 of 201.00.
    assert row == ("2026-11-16", 4, 2, 1, 1, "0.50000000", "3.00", "0.01492537")


def test_a_whole_history_adds_up_in_every_portfolio(warehouse: psycopg.Connection[Any], postgres: Settings) -> None:
    """Starting cash and all profit are the value; books by exact arithmetic are those of the mart."""
    rows = build_stsa(7, parse_size("12000"), Calendar(AS_OF, 120)).tables
    for name, part in rows.items():
        listed = ", ".join(column.name for column in find_table("stsa", name).columns)
        with warehouse.cursor().copy(
            f"copy lake_silver.stsa__{name} ({listed}) from stdin (format csv)".encode()
        ) as copy:
            copy.write(csv_bytes(list(find_table("stsa", name).columns), part))
    told = build(postgres)
    assert "WARN=0" in told
    different = asked(
        warehouse,
        "select portfolio_id from marts.rpt_portfolio_performance"
        " where portfolio_value - starting_cash <> realised_amount + unrealised_amount",
    )
    assert different == []
    assert asked(warehouse, "select count(*) > 10 from marts.rpt_trading_leaderboard") == [(True,)]
    books: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = defaultdict(lambda: (0, Decimal(0), Decimal(0)))
    made = asked(
        warehouse,
        "select portfolio_id, instrument_id, side, e.quantity, price, fee_amount from lake_silver.stsa__order_executions as e"
        " join lake_silver.stsa__orders using (order_id) order by executed_at, execution_id",
    )
    for portfolio, instrument, side, quantity, price, fee in made:
        held, cost, realised = books[portfolio, instrument]
        if side == "buy":
            books[portfolio, instrument] = (held + quantity, cost + quantity * price + fee, realised)
        else:
            out = (cost * quantity / held).quantize(CENT, ROUND_HALF_UP)
            books[portfolio, instrument] = (held - quantity, cost - out, realised + quantity * price - fee - out)
    query = (
        "select portfolio_id, instrument_id, quantity, cost_amount, realised_amount from marts.fct_trading_positions"
    )
    assert {(row[0], row[1]): row[2:] for row in asked(warehouse, query)} == dict(books)
