"""Filing against a real PostgreSQL: versions, names, files and the register."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from contracts.settings import PROJECT, Settings
from pipelines.reports.eftr.orders import RemittanceOrder
from pipelines.reports.eftr.run import file_transfers
from sources.migrations import migrate
from tests.unit.reports.builders import at, order

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
SNAPSHOTS = {"silver.diasporacore__remittance_orders": 42}


@pytest.fixture(scope="session")
def databases(postgres: Settings) -> Settings:
    migrate(postgres)
    for file in sorted((PROJECT / "serving" / "schema").glob("*.sql")):
        with psycopg.connect(postgres.database_url("platform")) as connection:
            connection.execute(file.read_bytes())
    return postgres


@pytest.fixture
def platform(databases: Settings) -> Settings:
    """A register and an operational database without rows, and two members."""
    with psycopg.connect(databases.database_url("platform")) as connection:
        connection.execute("truncate reports, report_access")
    with psycopg.connect(databases.database_url("operations")) as connection:
        connection.execute("set atalaya.origin = 'history'")
        connection.execute("truncate diasporacore.tenants cascade")
        connection.execute("truncate diasporacore.remittance_corridors cascade")
        connection.execute("insert into diasporacore.tenants values ('union', 'Union', 'CA', now())")
        connection.execute(
            "insert into diasporacore.remittance_corridors values ('CA-MX', 'CA', 'MX', 'MXN', 1, 1, 'standard')"
        )
        for member in ("eve", "mike"):
            connection.execute(
                "insert into diasporacore.users (user_id, tenant_id, full_name, email, birth_date, country, kyc_tier,"
                " registered_at, updated_at) values (%s, 'union', %s, 'x@example.org', '1990-04-12', 'CA', 2, now(), now())",
                [member, f"{member.title()} Moreau"],
            )
            connection.execute(
                "insert into diasporacore.accounts values (%s, %s, 'union', 'CAD', 'active', now(), now())",
                [f"account-{member}", member],
            )
    return databases


def commit(settings: Settings, *orders: RemittanceOrder) -> list[RemittanceOrder]:
    """The orders as the application would have them."""
    with psycopg.connect(settings.database_url("operations")) as connection:
        connection.execute("set atalaya.origin = 'history'")
        for one in orders:
            connection.execute(
                "insert into diasporacore.remittance_orders (remittance_order_id, tenant_id, user_id, account_id,"
                " conductor_id, on_behalf_of_id, corridor, beneficiary_id, beneficiary_name, amount, currency, fx_rate,"
                " payout_amount, payout_currency, fee_amount, purpose, status, created_at, updated_at)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s, now())",
                [
                    *(one.order_id, one.tenant_id, one.user_id, one.account_id, one.conductor_id, one.on_behalf_of_id),
                    *(
                        one.corridor,
                        one.beneficiary_id,
                        f"{one.beneficiary_id.title()} Reyes",
                        one.amount,
                        one.currency,
                    ),
                    *(one.fx_rate, one.payout_amount, one.payout_currency, one.purpose, one.status, one.created_at),
                ],
            )
    return list(orders)


def file(settings: Settings, orders: list[RemittanceOrder], now: datetime = NOW) -> list[str]:
    return [row.report_id for row in file_transfers(settings, orders, SNAPSHOTS, now).rows]


def register(settings: Settings) -> list[dict[str, object]]:
    with psycopg.connect(settings.database_url("platform")) as connection:
        cursor = connection.execute("select * from reports order by report_id")
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def test_a_filed_report_carries_names_validates_and_has_its_evidence(platform: Settings) -> None:
    orders = commit(platform, order("6000", "eve", "sam"), order("5000", "eve", "luz"))
    assert len(file(platform, orders)) == 1
    (row,) = register(platform)
    assert (row["status"], row["valid"], row["sequence"]) == ("filed", True, 1)
    assert row["due_at"] == datetime(2026, 11, 26, 4, 59, 59, tzinfo=UTC)
    path = platform.reports_directory / str(row["file_path"])
    report = json.loads(path.read_bytes())
    person = report["transactions"][0]["startingActions"][0]["requesters"][0]
    assert person == {
        "reference": "eve",
        "fullName": "Eve Moreau",
        "dateOfBirth": "1990-04-12",
        "countryOfResidence": "CA",
    }
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["content_sha256"]
    assert path.stat().st_mode & 0o077 == 0
    evidence = (platform.reports_directory / str(row["evidence_path"])).read_text()
    pack = json.loads(evidence)
    assert pack["input_snapshots"] == SNAPSHOTS
    assert [one["order_id"] for one in pack["orders"]] == [one.order_id for one in orders]
    assert pack["sha256"]["file"] == row["content_sha256"]
    assert "Moreau" not in evidence
    assert "Reyes" not in evidence


def test_the_same_content_is_filed_once_and_names_are_read_once(platform: Settings) -> None:
    orders = commit(platform, order("12000", "eve"))
    first = file(platform, orders)
    assert len(first) == 1
    assert file(platform, orders) == []
    with psycopg.connect(platform.database_url("platform")) as connection:
        accesses = connection.execute("select report_id, purpose, parties, accessed_by from report_access").fetchall()
    assert accesses == [(first[0], "regulator report", 2, "platform")]
    assert [row["report_id"] for row in register(platform)] == first


def test_a_late_order_makes_the_next_version_and_leaves_the_first_as_it_was(platform: Settings) -> None:
    orders = commit(platform, order("6000", "eve", "sam"), order("5000", "eve", "luz"))
    file(platform, orders)
    (before,) = register(platform)
    path = platform.reports_directory / str(before["file_path"])
    content = path.read_bytes()
    late = commit(platform, order("700", "eve", "ana"))
    file(platform, orders + late)
    first, second = register(platform)
    assert first == before
    assert path.read_bytes() == content
    assert (second["sequence"], second["submission"]) == (2, "change")
    assert late[0].order_id in str(second["reason"])
    report = json.loads((platform.reports_directory / str(second["file_path"])).read_bytes())
    assert report["reportDetails"]["relatedReportReference"].endswith("-1")


def test_a_cancelled_order_withdraws_the_report(platform: Settings) -> None:
    (single,) = commit(platform, order("12000", "eve"))
    file(platform, [single])
    file(platform, [replace(single, status="cancelled")])
    _, withdrawal = register(platform)
    assert (withdrawal["status"], withdrawal["submission"], withdrawal["valid"]) == ("withdrawn", "delete", True)
    assert file(platform, [replace(single, status="cancelled")]) == []
    assert len(file(platform, [single])) == 1
    assert register(platform)[-1]["submission"] == "submit"


def test_an_input_that_lost_orders_withdraws_nothing_and_says_so(platform: Settings) -> None:
    orders = commit(platform, order("12000", "eve"))
    file(platform, orders)
    outcome = file_transfers(platform, [], SNAPSHOTS, NOW)
    assert outcome.rows == []
    assert len(outcome.unexplained) == 1


def test_an_order_of_a_year_without_declared_holidays_is_filed_with_an_early_deadline(platform: Settings) -> None:
    orders = commit(platform, order("12000", "eve", created_at=at("2023-06-28T12:00")))
    file(platform, orders)
    (row,) = register(platform)
    assert (row["status"], row["due_at"]) == ("filed", datetime(2023, 7, 6, 3, 59, 59, tzinfo=UTC))


def test_an_order_that_can_no_longer_be_valued_deletes_nothing_at_the_regulator(platform: Settings) -> None:
    (single,) = commit(platform, order("12000", "eve"))
    file(platform, [single])
    outcome = file_transfers(platform, [replace(single, currency="XTS")], SNAPSHOTS, NOW)
    assert (outcome.rows, len(outcome.refused), len(outcome.unexplained)) == ([], 1, 1)
    assert [row["submission"] for row in register(platform)] == ["submit"]


def test_an_order_that_can_no_longer_be_valued_is_not_left_out_of_its_report(platform: Settings) -> None:
    first, second = commit(platform, order("12000", "eve", "sam"), order("11000", "eve", "luz"))
    file(platform, [first, second])
    outcome = file_transfers(platform, [first, replace(second, currency="XTS")], SNAPSHOTS, NOW)
    assert (outcome.rows, len(outcome.unexplained)) == ([], 1)


def test_an_open_window_is_previewed_without_a_file_and_filed_once_it_closes(platform: Settings) -> None:
    orders = commit(platform, order("12000", "eve", created_at=at("2026-11-22T09:00")))
    file(platform, orders)
    file(platform, orders)
    (preview,) = register(platform)
    assert (preview["status"], preview["sequence"], preview["file_path"]) == ("open", 0, None)
    file(platform, orders, datetime(2026, 11, 23, 11, 0, tzinfo=UTC))
    (filed,) = register(platform)
    assert (filed["status"], filed["sequence"]) == ("filed", 1)


def test_a_party_without_a_name_makes_the_report_invalid_until_it_has_one(platform: Settings) -> None:
    orders = commit(platform, order("12000", "eve", conductor_id="nadia"))
    file(platform, orders)
    (row,) = register(platform)
    assert (row["status"], row["valid"]) == ("invalid", False)
    assert file(platform, orders) == []
    with psycopg.connect(platform.database_url("operations")) as connection:
        connection.execute("set atalaya.origin = 'history'")
        connection.execute(
            "insert into diasporacore.users (user_id, tenant_id, full_name, email, birth_date, country, kyc_tier,"
            " registered_at, updated_at) values"
            " ('nadia', 'union', 'Nadia Roy', 'x@example.org', '1985-01-30', 'CA', 2, now(), now())"
        )
    file(platform, orders)
    _, second = register(platform)
    assert (second["status"], second["valid"], second["submission"]) == ("filed", True, "submit")


def test_an_order_without_a_rate_is_named_and_the_rest_is_filed(platform: Settings) -> None:
    good = commit(platform, order("12000", "eve"))
    outcome = file_transfers(platform, [*good, order("90000", currency="XTS")], SNAPSHOTS, NOW)
    assert [row.status for row in outcome.rows] == ["filed"]
    assert [error.field for error in outcome.refused] == ["currency"]


def test_a_registered_version_cannot_be_changed_by_anyone(platform: Settings) -> None:
    file(platform, commit(platform, order("12000", "eve")))
    with (
        psycopg.connect(platform.database_url("platform")) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="stays as it is"),
    ):
        connection.execute("update reports set valid = false")


def test_dashboards_read_the_register_in_the_warehouse(platform: Settings) -> None:
    file(platform, commit(platform, order("12000", "eve")))
    with psycopg.connect(platform.database_url("warehouse", role="dashboard")) as connection:
        rows = connection.execute("select status, total_minor, due_at from lake_silver.reports").fetchall()
        assert [(status, total) for status, total, _ in rows] == [("filed", int(Decimal(1_200_000)))]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from lake_silver.reports")


def test_the_copy_of_an_older_version_is_given_its_new_columns(platform: Settings) -> None:
    with psycopg.connect(platform.database_url("warehouse")) as connection:
        connection.execute("create schema if not exists lake_silver")
        connection.execute("drop table if exists lake_silver.reports")
        connection.execute("create table lake_silver.reports (report_id text, status text)")
    file(platform, commit(platform, order("12000", "eve")))
    with psycopg.connect(platform.database_url("warehouse", role="dashboard")) as connection:
        rows = connection.execute("select status, transactions from lake_silver.reports").fetchall()
    assert rows == [("filed", 1)]
