"""The warehouse on a real PostgreSQL: copies that change together, and marts that tell the truth about the books."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from contracts.canonical import load_canonical
from contracts.settings import Settings
from contracts.tables import find_table
from contracts.tables import load_tables as declared_tables
from pipelines.lakehouse.canonical import refresh_canonical
from pipelines.lakehouse.catalog import Lake, open_lake
from pipelines.lakehouse.refresh import prepare_session, refresh
from pipelines.lakehouse.specification import load_silver
from pipelines.warehouse.copied import copied_tables
from pipelines.warehouse.dbt import DBT_PROJECT, executable, set_environment
from pipelines.warehouse.declared import load_declared
from pipelines.warehouse.load import load_tables
from pipelines.warehouse.reconciliation import lake_totals, reconcile_warehouse
from tests.integration.own_postgres import running_postgres
from tests.unit.pipelines.lakes import Json, change, land

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def postgres() -> Iterator[Settings]:
    """Its own: books that other files left in a shared warehouse were seen to empty these statements."""
    with running_postgres() as settings:
        yield settings


@pytest.fixture(scope="module")
def lake(postgres: Settings) -> Iterator[Lake]:
    with open_lake(postgres) as opened:
        prepare_session(opened, postgres)
        land_books(opened)
        yield opened


def land_rows(lake: Lake, app: str, name: str, rows: list[Json], first_lsn: int) -> None:
    table = find_table(app, name)
    documents: list[Json | str | None] = [change("c", row, first_lsn + number) for number, row in enumerate(rows)]
    land(lake, table.bronze, table.topic, documents, first_lsn)


def land_books(lake: Lake) -> None:
    """One entry that balances and one that does not."""
    accounts = [("1000", "Cash", "asset"), ("4000", "Sales", "income")]
    entries = [("good", "10.00", "10.00"), ("bad", "7.50", "7.00")]
    plain = {"tenant_id": "m1", "currency": "USD"}
    land_rows(
        lake,
        *("finflow", "chart_of_accounts"),
        [
            {"tenant_id": "m1", "ledger_account": code, "name": name, "account_class": kind}
            for code, name, kind in accounts
        ],
        1,
    )
    land_rows(
        lake,
        *("finflow", "journal_entries"),
        [
            {
                "journal_entry_id": key,
                "tenant_id": "m1",
                "payment_id": None,
                "memo": "sale",
                "posted_at": "2026-11-01T00:00:00Z",
            }
            for key, _, _ in entries
        ],
        1,
    )
    lines = [
        {**plain, "journal_entry_id": key, "line": line, "ledger_account": account, "debit": debit, "credit": credit}
        for key, debited, credited in entries
        for line, account, debit, credit in ((1, "1000", debited, "0.00"), (2, "4000", "0.00", credited))
    ]
    land_rows(lake, "finflow", "journal_lines", lines, 1)


def bring_up_to_date(lake: Lake, settings: Settings) -> set[str]:
    """Silver and its copies; the names of the copies that changed."""
    for table in load_silver():
        refresh(lake, table)
    for canonical in load_canonical():
        refresh_canonical(lake, canonical)
    load_declared(settings)
    return {loaded.name for loaded in load_tables(lake, settings, copied_tables()) if loaded.changed}


def ask(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(settings.database_url("warehouse")) as connection:
        return connection.execute(sql.encode()).fetchall()


def build(settings: Settings) -> None:
    set_environment(settings)
    command = [str(executable()), "--no-use-colors", "--quiet", "build", "--project-dir", str(DBT_PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout


def test_only_tables_that_changed_are_copied_again_and_the_rest_keep_their_views(
    lake: Lake, postgres: Settings
) -> None:
    bring_up_to_date(lake, postgres)
    assert bring_up_to_date(lake, postgres) == set()
    with psycopg.connect(postgres.database_url("warehouse"), autocommit=True) as connection:
        connection.execute("create view public.over_lines as select * from lake_silver.finflow__journal_lines")
    land_rows(
        lake,
        *("finflow", "tenants"),
        [
            {
                "tenant_id": "m1",
                "name": "Tienda",
                "jurisdiction": "US",
                "currency": "USD",
                "created_at": "2026-11-01T00:00:00Z",
            }
        ],
        50,
    )
    assert bring_up_to_date(lake, postgres) == {"finflow__tenants", "parties"}
    assert ask(postgres, "select count(*) from public.over_lines") == [(4,)]
    told = lake_totals(lake, declared_tables())
    assert {result.outcome for result in reconcile_warehouse(postgres, declared_tables(), told)} == {"equal"}


def test_rows_are_exchanged_by_key_and_views_stay(lake: Lake, postgres: Settings) -> None:
    line = {"tenant_id": "m1", "currency": "USD", "debit": "1.00", "credit": "0.00", "ledger_account": "1000"}
    table = find_table("finflow", "journal_lines")
    bring_up_to_date(lake, postgres)
    with psycopg.connect(postgres.database_url("warehouse"), autocommit=True) as connection:
        connection.execute(
            "create or replace view public.exchanged as select * from lake_silver.finflow__journal_lines"
        )
    before = ask(postgres, "select journal_entry_id, line, debit from public.exchanged order by 1, 2")
    first = {**line, "journal_entry_id": "new", "line": 1}
    land(lake, table.bronze, table.topic, [change("c", first, 80), change("c", {**first, "line": 2}, 81)], 80)
    assert bring_up_to_date(lake, postgres) == {"finflow__journal_lines"}
    assert len(ask(postgres, "select * from public.exchanged")) == len(before) + 2
    land(lake, table.bronze, table.topic, [change("u", {**first, "debit": "2.00"}, 82)], 82)
    land(lake, table.bronze, table.topic, [change("d", {**first, "line": 2}, 83)], 83)
    bring_up_to_date(lake, postgres)
    assert ask(postgres, "select debit::text from public.exchanged where journal_entry_id = 'new'") == [("2.00",)]
    told = lake_totals(lake, declared_tables())
    assert {result.outcome for result in reconcile_warehouse(postgres, declared_tables(), told)} == {"equal"}
    land(lake, table.bronze, table.topic, [change("d", first, 84)], 84)
    bring_up_to_date(lake, postgres)
    assert ask(postgres, "select journal_entry_id, line, debit from public.exchanged order by 1, 2") == before


def test_an_instant_is_the_same_in_the_lakehouse_and_in_the_warehouse(lake: Lake, postgres: Settings) -> None:
    bring_up_to_date(lake, postgres)
    found = ask(postgres, "select posted_at from lake_silver.finflow__journal_entries where journal_entry_id = 'good'")
    assert found == [(datetime(2026, 11, 1, tzinfo=UTC),)]


def test_unbalanced_entries_are_in_no_statement_and_pages_read_marts_without_writing(
    lake: Lake, postgres: Settings
) -> None:
    bring_up_to_date(lake, postgres)
    build(postgres)
    balances = ask(postgres, "select ledger_account, balance::text from marts.rpt_trial_balance order by 1")
    assert balances == [("1000", "10.00"), ("4000", "-10.00")]
    shown = ask(postgres, "select journal_entry_id, difference::text from marts.rpt_unbalanced_entries")
    assert shown == [("bad", "0.50")]
    with psycopg.connect(postgres.database_url("warehouse", role="dashboard"), autocommit=True) as connection:
        assert connection.execute("select count(*) from marts.rpt_trial_balance").fetchone() == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from marts.rpt_trial_balance")
