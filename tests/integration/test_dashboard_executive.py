"""The executive page against a real warehouse."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from contracts.settings import PROJECT, Settings
from dashboards.queries import read_overview, read_range, warehouse
from tests.integration.seeded_marts import DAYS, LAST, seed_marts

pytestmark = pytest.mark.integration

PAGE = PROJECT / "dashboards" / "executive.py"


@pytest.fixture
def marts(postgres: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("ATALAYA_STATE", str(postgres.state))
    monkeypatch.setenv("ATALAYA_PORT_BASE", str(postgres.port_base))
    seed_marts(postgres)
    yield postgres
    with psycopg.connect(postgres.database_url("warehouse")) as connection:
        connection.execute("drop schema marts cascade")
        connection.execute("drop schema lake_silver cascade")


def shown() -> AppTest:
    from streamlit import cache_data  # noqa: PLC0415 - the cache outlives a test

    cache_data.clear()
    page = AppTest.from_file(str(PAGE), default_timeout=120).run()
    assert not page.exception
    return page


@pytest.mark.usefixtures("marts")
def test_the_page_shows_six_figures_and_no_empty_panel() -> None:
    page = shown()
    assert [metric.label for metric in page.metric] == [
        *("Volume", "Approval rate", "Remittance margin", "Fraud stopped", "Fraud missed", "Alerts raised")
    ]
    assert page.info == []


def test_the_figures_are_those_of_the_marts(marts: Settings) -> None:
    with psycopg.connect(marts.database_url("warehouse")) as connection:
        row = connection.execute(
            "select 100.0 * sum(decisions) filter (where outcome = 'allow') / sum(decisions)"
            " from marts.rpt_decisions_daily where decision_date > %s::date - 30",
            [LAST],
        ).fetchone()
    assert row
    assert shown().metric[1].value == f"{row[0]:.2f} %"


def test_a_longer_period_holds_more(marts: Settings) -> None:
    with warehouse(marts) as connection:
        known = read_range(connection)
        assert known
        assert known[1] == LAST
        assert (known[1] - known[0]).days == DAYS - 1
        week = read_overview(connection, known[1], known[1])
        everything = read_overview(connection, *known)
    assert week.volume["amount_usd"].sum() < everything.volume["amount_usd"].sum()


def test_only_the_newest_version_of_a_report_is_shown(marts: Settings) -> None:
    with warehouse(marts) as connection:
        reports = read_overview(connection, LAST, LAST).reports
    assert sorted(reports["report_id"]) == [
        *("fintrac:eftr:0:1", "fintrac:eftr:1:2", "fintrac:eftr:2:1", "fintrac:eftr:3:1")
    ]


def test_the_allowance_is_that_of_the_newest_reporting_day(marts: Settings) -> None:
    with warehouse(marts) as connection:
        assert len(read_overview(connection, LAST, LAST).allowance) == 6
    told = "".join(element.proto.body for element in shown().get("html"))
    assert "Micro-loans, 22 Nov 2026" in told
    for cell in ("CAD in all", "11,000", "770", "7.00%"):
        assert cell in told


def test_before_the_first_allowance_the_page_says_what_to_do(marts: Settings) -> None:
    with psycopg.connect(marts.database_url("warehouse")) as connection:
        connection.execute("drop table lake_silver.allowance_by_stage")
    page = shown()
    assert len(page.metric) == 6
    (message,) = page.info
    assert "./atalaya model list micro_loan" in message.value


def test_the_page_cannot_write(marts: Settings) -> None:
    with warehouse(marts) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("create table anything (n integer)")


def test_without_marts_it_says_what_to_do(marts: Settings) -> None:
    with psycopg.connect(marts.database_url("warehouse")) as connection:
        connection.execute("drop table marts.rpt_activity_daily")
    (message,) = shown().info
    assert "not built yet" in message.value
    assert "./atalaya demo" in message.value


def test_with_empty_marts_it_says_what_to_do(marts: Settings) -> None:
    with psycopg.connect(marts.database_url("warehouse")) as connection:
        connection.execute("truncate marts.rpt_activity_daily")
    (message,) = shown().info
    assert "The marts are empty." in message.value


def test_a_panel_without_rows_says_so_and_the_others_stay(marts: Settings) -> None:
    with psycopg.connect(marts.database_url("warehouse")) as connection:
        connection.execute("truncate lake_silver.reports, marts.rpt_alerts_daily")
    page = shown()
    assert len(page.info) == 2
    assert len(page.metric) == 6


def test_before_the_first_report_the_rest_of_the_page_is_there(marts: Settings) -> None:
    with psycopg.connect(marts.database_url("warehouse")) as connection:
        connection.execute("drop table lake_silver.reports")
        connection.execute("update marts.rpt_freshness set as_of = null where name = 'reports'")
    page = shown()
    assert len(page.metric) == 6
    (message,) = page.info
    assert "reports/fintrac_eftr" in message.value


def test_without_a_database_it_names_the_command_to_look(marts: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATALAYA_PORT_BASE", str(marts.port_base + 1))
    (message,) = shown().info
    assert "./atalaya status" in message.value
