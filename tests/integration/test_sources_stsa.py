"""Live paper trading on a real PostgreSQL: quotes of open exchanges, and books that stay exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from contracts.settings import Settings
from contracts.tables import find_table
from sources.bulk import insert_new
from sources.migrations import migrate
from sources.workload.calendars import Calendar
from sources.workload.sizes import parse_size
from sources.workload.streams import stream
from sources.workload.stsa.build import build_stsa
from sources.workload.stsa.pulse import pulse

pytestmark = pytest.mark.integration

FRIDAY = datetime(2026, 11, 20, 16, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 17, tzinfo=UTC)

_BOOKS = """
with made as (
    select o.portfolio_id, o.instrument_id, case o.side when 'buy' then 1 else -1 end as sign, e.*
    from stsa.order_executions as e join stsa.orders as o using (order_id)
)
select 'cash', p.portfolio_id from stsa.portfolios as p left join made as m using (portfolio_id)
group by p.portfolio_id
having p.cash <> p.starting_cash - coalesce(sum(m.sign * m.quantity * m.price + m.fee_amount), 0)
union all
select 'shares', s.portfolio_id from stsa.positions as s left join made as m using (portfolio_id, instrument_id)
group by s.portfolio_id, s.instrument_id having s.quantity <> coalesce(sum(m.sign * m.quantity), 0)
union all
select 'filled', o.order_id from stsa.orders as o left join stsa.order_executions as e using (order_id)
group by o.order_id having o.filled_quantity <> coalesce(sum(e.quantity), 0)
union all
select 'price', e.order_id from stsa.order_executions as e
join stsa.quotes as q using (quote_id) join stsa.orders as o using (order_id)
where e.price <> case o.side when 'buy' then q.ask_price else q.bid_price end
"""


def prepared(settings: Settings, as_of: datetime) -> psycopg.Connection[Any]:
    migrate(settings)
    connection = psycopg.connect(settings.database_url("operations"), autocommit=True)
    connection.execute("truncate stsa.traders, stsa.instruments cascade")
    for name, rows in build_stsa(7, parse_size("3000"), Calendar(as_of, 120)).tables.items():
        insert_new(connection, find_table("stsa", name), rows)
    return connection


def beat(connection: psycopg.Connection[Any], as_of: datetime, seconds: int) -> dict[str, int]:
    total: dict[str, int] = {}
    for second in range(seconds):
        now = as_of + timedelta(seconds=second)
        for name, count in pulse(connection, stream(7, "pulse", "stsa", str(second)), now, second).items():
            total[name] = total.get(name, 0) + count
    return total


def asked(connection: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode()).fetchall()


def test_the_history_s_books_are_exact_in_the_database(postgres: Settings) -> None:
    with prepared(postgres, FRIDAY) as connection:
        assert asked(connection, "select count(*) > 500 from stsa.order_executions") == [(True,)]
        assert asked(connection, _BOOKS) == []


def test_a_quote_of_every_instrument_of_open_exchanges_every_fifteen_seconds(postgres: Settings) -> None:
    with prepared(postgres, FRIDAY) as connection:
        before = asked(connection, "select count(*) from stsa.quotes")[0][0]
        written = beat(connection, FRIDAY, 31)
        assert written["stsa.quotes"] == 2 * 14  # the history has the first already
        assert asked(connection, "select count(*) from stsa.quotes")[0][0] == before + 2 * 14


def test_a_hundred_quotes_later_the_books_are_still_exact(postgres: Settings) -> None:
    with prepared(postgres, FRIDAY) as connection:
        written = beat(connection, FRIDAY, 15 * 100)
        assert written["stsa.order_executions"] > 100
        assert asked(connection, _BOOKS) == []
        copies = asked(
            connection,
            "select count(*), min(c.placed_at - o.placed_at) > interval '0' from stsa.orders as c"
            " join stsa.orders as o on o.order_id = c.copied_order_id where c.order_id like 'order-%%-c%%'".replace(
                "%%", "%"
            ),
        )
        assert copies[0][0] > 0
        assert copies[0][1]


def test_on_a_sunday_only_the_practice_market_is_open_and_day_orders_are_over(postgres: Settings) -> None:
    with prepared(postgres, FRIDAY) as connection:
        assert beat(connection, SUNDAY, 16)["stsa.quotes"] == 2 * 2
        waiting = asked(
            connection,
            "select count(*) from stsa.orders where status in ('open', 'partially_filled')"
            " and time_in_force = 'day' and placed_at <= '2026-11-20 21:00+00'",
        )
        assert waiting == [(0,)]


def test_without_a_history_nothing_is_written(postgres: Settings) -> None:
    with prepared(postgres, FRIDAY) as connection:
        connection.execute("truncate stsa.traders, stsa.instruments cascade")
        assert sum(beat(connection, FRIDAY, 16).values()) == 0
