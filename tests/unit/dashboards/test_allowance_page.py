"""The page's row of expected credit losses: currencies are never added, and coverage is the allowance over the exposure."""

from __future__ import annotations

import math

import pytest

from dashboards.allowance import allowance_table, coverage_figure
from tests.unit.dashboards.allowances import allowance, stage

TWO_DAYS = allowance(
    stage("2026-10-31", "CAD", 1, 500.0, 50.0),
    stage("2026-11-22", "CAD", 1, 1000.0, 10.0),
    stage("2026-11-22", "CAD", 3, 500.0, 290.0, loans=1.0),
    stage("2026-11-22", "USD", 1, 2000.0, 30.0),
)


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


def test_where_nothing_is_exposed_there_is_no_coverage() -> None:
    nothing = allowance(stage("2026-11-22", "CAD", 1, 0.0, 0.0))
    assert rows(allowance_table(nothing))[0][-1] == "—"
    (line,) = coverage_figure(nothing).data
    assert math.isnan(line.y[0])


def test_coverage_is_drawn_by_day_a_line_for_each_currency_and_stage() -> None:
    lines = {line.name: line for line in coverage_figure(TWO_DAYS).data}
    assert list(lines) == ["CAD Stage 1 · twelve months", "CAD Stage 3 · impaired", "USD Stage 1 · twelve months"]
    assert list(lines["CAD Stage 1 · twelve months"].y) == pytest.approx([0.1, 0.01])
    assert lines["USD Stage 1 · twelve months"].line.dash != lines["CAD Stage 1 · twelve months"].line.dash


def test_one_currency_is_not_named_in_the_chart() -> None:
    (line,) = coverage_figure(TWO_DAYS[TWO_DAYS["currency"] == "USD"]).data
    assert line.name == "Stage 1 · twelve months"


def test_an_axis_of_one_day_names_that_day() -> None:
    first = TWO_DAYS[TWO_DAYS["day"] == TWO_DAYS["day"].min()]
    axis = coverage_figure(first).layout.xaxis
    assert list(axis.tickvals) == list(first["day"].unique())
    assert coverage_figure(TWO_DAYS).layout.xaxis.tickvals is None
