"""The page's row of expected credit losses: currencies are never added, and coverage is the allowance over the exposure."""

from __future__ import annotations

import math

import pytest

from contracts.models.credit import CREDIT_MODELS, CreditModelName, credit_model
from dashboards.allowance import allowance_table, coverage_figure, product_of
from tests.unit.dashboards.allowances import allowance, stage

TWO_DAYS = allowance(
    stage("2026-10-31", "CAD", 1, 500.0, 50.0),
    stage("2026-11-22", "CAD", 1, 1000.0, 10.0),
    stage("2026-11-22", "CAD", 3, 500.0, 290.0, loans=1.0),
    stage("2026-11-22", "USD", 1, 2000.0, 30.0),
)


TWO_PRODUCTS = allowance(
    stage("2026-11-22", "CAD", 1, 1000.0, 10.0),
    stage("2026-11-22", "CAD", 3, 100.0, 65.0),
    stage("2026-11-21", "USD", 1, 2000.0, 30.0, model="sme_loan"),
    stage("2026-11-20", "USD", 1, 4000.0, 80.0, model="sme_loan"),
    stage("2026-11-21", "EUR", 1, 3000.0, 60.0, model="sme_loan"),
)


def titles(html: str) -> list[str]:
    return [line.split("</td>")[0] for line in html.split("<td colspan='5'>")[1:]]


def rows(html: str) -> list[list[str]]:
    return [
        [cell.split("</td>")[0] for cell in line.split("<td>")[1:]] for line in html.split("<tr")[1:] if "<td>" in line
    ]


def test_the_newest_day_is_shown_by_currency_and_stage_with_each_currencys_own_sum() -> None:
    assert rows(allowance_table(TWO_DAYS)) == [
        ["CAD Stage 1 · twelve months", "2", "1,000", "10", "1.00%"],
        ["CAD Stage 3 · impaired", "1", "500", "290", "58.00%"],
        ["CAD in all", "3", "1,500", "300", "20.00%"],
        ["USD Stage 1 · twelve months", "2", "2,000", "30", "1.50%"],
        ["USD in all", "2", "2,000", "30", "1.50%"],
    ]


def test_each_product_has_its_own_newest_day_and_no_two_are_added() -> None:
    html = allowance_table(TWO_PRODUCTS)
    assert titles(html) == ["Micro-loans, 22 Nov 2026", "Loans to businesses, 21 Nov 2026"]
    assert [row[:3] for row in rows(html)] == [
        ["CAD Stage 1 · twelve months", "2", "1,000"],
        ["CAD Stage 3 · impaired", "2", "100"],
        ["CAD in all", "4", "1,100"],
        ["EUR Stage 1 · twelve months", "2", "3,000"],
        ["EUR in all", "2", "3,000"],
        ["USD Stage 1 · twelve months", "2", "2,000"],
        ["USD in all", "2", "2,000"],
    ]


def test_products_of_one_currency_have_lines_of_their_own() -> None:
    both = allowance(
        stage("2026-11-22", "USD", 1, 1000.0, 10.0), stage("2026-11-22", "USD", 1, 2000.0, 30.0, model="sme_loan")
    )
    lines = {line.name: line for line in coverage_figure(both).data}
    assert {name: list(line.y) for name, line in lines.items()} == {
        "Micro-loans USD stage 1": [0.01],
        "Loans to businesses USD stage 1": [0.015],
    }
    assert len({line.line.dash for line in lines.values()}) == 2


@pytest.mark.parametrize("model", CREDIT_MODELS)
def test_every_product_is_called_by_its_name(model: CreditModelName) -> None:
    assert product_of(model) == credit_model(model).title.capitalize()


def test_a_product_that_is_no_longer_declared_keeps_its_past() -> None:
    assert product_of("payday_loan") == "Payday_loan"


def test_where_nothing_is_exposed_there_is_no_coverage() -> None:
    nothing = allowance(stage("2026-11-22", "CAD", 1, 0.0, 0.0))
    assert rows(allowance_table(nothing))[0][-1] == "—"
    (line,) = coverage_figure(nothing).data
    assert math.isnan(line.y[0])


def test_coverage_is_drawn_by_day_a_line_for_each_currency_and_stage() -> None:
    lines = {line.name: line for line in coverage_figure(TWO_DAYS).data}
    assert list(lines) == ["Micro-loans CAD stage 1", "Micro-loans CAD stage 3", "Micro-loans USD stage 1"]
    assert list(lines["Micro-loans CAD stage 1"].y) == pytest.approx([0.1, 0.01])
    assert lines["Micro-loans USD stage 1"].line.dash != lines["Micro-loans CAD stage 1"].line.dash


def test_one_product_in_one_currency_is_not_named_in_the_chart() -> None:
    (line,) = coverage_figure(TWO_DAYS[TWO_DAYS["currency"] == "USD"]).data
    assert line.name == "Stage 1 · twelve months"


def test_an_axis_of_one_day_names_that_day() -> None:
    first = TWO_DAYS[TWO_DAYS["day"] == TWO_DAYS["day"].min()]
    axis = coverage_figure(first).layout.xaxis
    assert list(axis.tickvals) == list(first["day"].unique())
    assert coverage_figure(TWO_DAYS).layout.xaxis.tickvals is None
