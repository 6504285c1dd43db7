"""Remittance marts over built rows: margins to the cent, delivery at the promise, quotes at their lock, limits at their edge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from contracts.settings import Settings
from contracts.tables import find_table
from pipelines.lakehouse.catalog import open_lake
from pipelines.lakehouse.refresh import prepare_session, refresh
from pipelines.lakehouse.specification import find_silver
from pipelines.warehouse.dbt import DBT_PROJECT, executable, set_environment
from pipelines.warehouse.declared import load_declared
from pipelines.warehouse.load import load_tables
from tests.unit.pipelines.lakes import Json, change, land

pytestmark = pytest.mark.integration

DAY = "2026-11-01T{}Z"
NEXT_DAY = "2026-11-02T{}Z"
MARTS = ("rpt_fx_margin", "rpt_kyc_utilisation", "rpt_remittances_by_partner")
TIERS = {"eve": 0, "mike": 0, "nadia": 3}


def user(name: str, tier: int) -> Json:
    return {
        "user_id": name,
        "tenant_id": "union",
        "full_name": name,
        "email": f"{name}@example.org",
        "birth_date": 7000,
        "country": "CA",
        "origin_country": "MX",
        "kyc_tier": tier,
        "monthly_income": None,
        "employment_months": None,
        "registered_at": DAY.format("00:00:00"),
        "updated_at": DAY.format("00:00:00"),
    }


def quote(name: str, expires: str) -> Json:
    return {
        "quote_id": name,
        "tenant_id": "union",
        "user_id": "eve",
        "corridor": "US-MX",
        "from_currency": "USD",
        "to_currency": "MXN",
        "reference_rate": "20.00000000",
        "spread_pct": "3.0000",
        "fx_rate": "19.80000000",
        "quoted_at": DAY.format("09:30:00"),
        "expires_at": expires,
    }


def order(name: str, sender: str, amount: str, created: str, **given: object) -> Json:
    row: Json = {
        "remittance_order_id": name,
        "tenant_id": "union",
        "user_id": sender,
        "account_id": sender,
        "conductor_id": None,
        "on_behalf_of_id": None,
        "corridor": "US-MX",
        "quote_id": None,
        "partner_id": "network",
        "beneficiary_id": "x",
        "beneficiary_name": "X",
        "amount": amount,
        "currency": "USD",
        "fx_rate": "19.80000000",
        "payout_amount": "1.00",
        "payout_currency": "MXN",
        "fee_amount": "3.00",
        "purpose": "other",
        "status": "paid",
        "created_at": created,
        "completed_at": None,
        "updated_at": created,
    }
    return {**row, **given}


def paid(name: str, at: str) -> Json:
    return {"remittance_order_id": name, "tenant_id": "union", "status": "paid", "logged_at": at}


ROWS: dict[str, list[Json]] = {
    "users": [user(name, tier) for name, tier in TIERS.items()],
    "remittance_corridors": [
        {
            "corridor": "US-MX",
            "from_country": "US",
            "to_country": "MX",
            "currency": "MXN",
            "fee_pct": "1.0000",
            "spread_pct": "2.0000",
            "risk": "standard",
        }
    ],
    "remittance_partners": [
        {
            "partner_id": "network",
            "name": "Network",
            "to_country": "MX",
            "payout_method": "bank",
            "cost_pct": "0.4000",
            "cost_fixed": "1.00",
            "currency": "CAD",
            "promised_minutes": 60,
            "created_at": DAY.format("00:00:00"),
        }
    ],
    "fx_quotes": [
        quote("at-its-end", DAY.format("10:00:00")),
        quote("a-second-before", NEXT_DAY.format("09:59:59")),
        quote("looked-at", DAY.format("10:00:00")),
    ],
    "remittance_orders": [
        order("in-time", "eve", "250.00", DAY.format("10:00:00"), quote_id="at-its-end"),
        order("late", "eve", "250.00", NEXT_DAY.format("10:00:00"), quote_id="a-second-before"),
        order("unpaid", "mike", "250.01", DAY.format("10:00:00"), status="initiated"),
        order("rest-of-the-month", "mike", "250.00", NEXT_DAY.format("10:00:00"), partner_id=None),
        order("cancelled", "mike", "100.00", NEXT_DAY.format("10:00:00"), status="cancelled"),
        order("without-limit", "nadia", "30000.00", DAY.format("10:00:00"), partner_id=None),
    ],
    "remittance_status_log": [
        paid("in-time", DAY.format("11:00:00")),
        paid("late", NEXT_DAY.format("11:00:01")),
    ],
}


@pytest.fixture(scope="module")
def marts(postgres: Settings) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    silver = []
    with open_lake(postgres) as lake:
        prepare_session(lake, postgres)
        for name, rows in ROWS.items():
            table = find_table("diasporacore", name)
            land(lake, table.bronze, table.topic, [change("c", row, lsn) for lsn, row in enumerate(rows, start=1)])
            silver.append(find_silver(table.silver))
            refresh(lake, silver[-1])
        load_declared(postgres)
        load_tables(lake, postgres, silver)
    set_environment(postgres)
    command = [str(executable()), "--no-use-colors", "--quiet", "build", "--project-dir", str(DBT_PROJECT)]
    command += ["--select", *(f"+{name}" for name in MARTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode == 0, done.stdout
    with psycopg.connect(postgres.database_url("warehouse")) as connection:
        yield connection


def test_the_margin_is_fee_and_spread_less_what_the_partner_takes(
    marts: psycopg.Connection[tuple[object, ...]],
) -> None:
    """A quoted rate keeps 1 % of its reference; without a quote it is the corridor's 2 %. CAD 1.00 is 73 US cents."""
    [found] = marts.execute(
        "select orders, cancelled_orders, amount_usd_minor, fee_usd_minor, spread_usd_minor, partner_cost_usd_minor,"
        " margin_usd_minor from marts.rpt_remittances_by_partner"
    ).fetchall()
    spread = 250 + 250 + 500
    assert found == (4, 1, 75_001, 900, spread, 3 * 173, 900 + spread - 3 * 173)


def test_a_payout_exactly_at_the_promise_is_within_it(marts: psycopg.Connection[tuple[object, ...]]) -> None:
    [found] = marts.execute(
        "select delivered_orders, median_delivery_seconds, p95_delivery_seconds, within_promise_ratio::text"
        " from marts.rpt_remittances_by_partner"
    ).fetchall()
    assert found == (2, 3600.5, pytest.approx(3600.95), "0.5000")


def test_an_order_at_the_end_of_the_lock_is_in_time_and_a_second_later_it_is_not(
    marts: psycopg.Connection[tuple[object, ...]],
) -> None:
    [found] = marts.execute(
        "select quotes, taken_quotes, taken_after_lock, taken_ratio::text, spread_usd_minor, realised_spread_pct::text"
        " from marts.rpt_fx_margin"
    ).fetchall()
    assert found == (3, 2, 1, "0.6667", 500, "1.0000")


def test_exactly_the_limit_is_within_it_and_a_cent_more_is_not(marts: psycopg.Connection[tuple[object, ...]]) -> None:
    """Eve sends USD 250.00 on two days; Mike a cent more on the first, and a cancelled order that does not count."""
    found = marts.execute(
        "select kyc_tier, members, sent_usd_minor, monthly_limit_usd_minor, members_over_monthly, members_over_daily"
        " from marts.rpt_kyc_utilisation order by 1"
    ).fetchall()
    assert found == [(0, 2, 100_001, 50_000, 1, 1), (3, 1, 3_000_000, None, 0, 0)]
    assert marts.execute("select median_utilisation from marts.rpt_kyc_utilisation where kyc_tier = 3").fetchall() == [
        (None,)
    ]
