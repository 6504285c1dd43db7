"""Drift between populations of accounts: chance alarms as seldom as declared, and what moved is found in one window."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
import pytest

from ml.governance.drift import Binned, binned, drift
from ml.governance.stability import stability

Numbers = npt.NDArray[np.float64]


def independent(count: int, seed: int, mean: float = 0.0) -> Binned:
    values = np.random.default_rng(seed).normal(mean, 1, count)
    return binned(values, np.arange(count), EDGES)


EDGES = np.quantile(np.random.default_rng(0).normal(0, 1, 10_000), np.arange(1, 10) / 10)


def of_accounts(accounts: int, rows: int, seed: int, within: float = 1.0) -> tuple[Numbers, npt.NDArray[np.intp]]:
    """Other accounts each time, few of which have most rows; `within` is how much one account's rows differ."""
    generator = np.random.default_rng(seed)
    weight = generator.lognormal(0, 1, accounts)
    account = generator.choice(accounts, rows, p=weight / weight.sum())
    return generator.normal(0, 1, accounts)[account] + within * generator.normal(0, 1, rows), account


def test_without_clusters_the_critical_value_is_about_the_chi_square_one() -> None:
    found = drift(independent(20_000, 1), independent(10_000, 2), 0.05)
    assert found.critical == pytest.approx(16.918978 * (1 / 20_000 + 1 / 10_000), rel=0.03)


@pytest.mark.parametrize("within", [1.0, 0.0])
def test_chance_exceeds_the_critical_value_about_as_often_as_stated_where_rows_come_by_account(within: float) -> None:
    alarms = {True: 0, False: 0}
    for turn in range(300):
        (earlier, whose), (later, whose_later) = (
            of_accounts(400, count, 2 * turn + side, within) for side, count in enumerate((4000, 1500))
        )
        reference = binned(earlier, whose)
        alarms[True] += drift(reference, binned(later, whose_later, reference.edges), 0.05).shifted
        alarms[False] += stability(earlier, later, 0.05).shifted
    assert 3 <= alarms[True] <= 30  # of 300
    assert alarms[False] > 100  # as if rows were independent


def test_a_planted_shift_is_found_in_one_window() -> None:
    reference = binned(*of_accounts(400, 4000, 1))
    values, whose = of_accounts(400, 1500, 2)
    assert drift(reference, binned(values + 0.8, whose, reference.edges), 0.001).shifted


def test_values_that_begin_to_be_missing_are_a_shift() -> None:
    reference = binned(*of_accounts(400, 4000, 1))
    values, whose = of_accounts(400, 1500, 2)
    values[::5] = np.nan
    assert drift(reference, binned(values, whose, reference.edges), 0.001).shifted


def test_a_value_that_was_rare_alarms_when_it_becomes_common_and_not_when_it_stays_away() -> None:
    earlier, none, many = (np.zeros(1000) for _ in range(3))
    earlier[:2], many[:200] = 5, 5
    rows = np.arange(1000)
    reference = binned(earlier, rows)
    assert drift(reference, binned(none, rows, reference.edges), 0.05).bins == 1
    assert drift(reference, binned(many, rows, reference.edges), 0.001).shifted


def test_fewer_accounts_of_equal_size_need_more_to_alarm() -> None:
    values = np.random.default_rng(5).normal(0, 1, 2000)
    one_each, ten_each = (binned(values, np.arange(2000) // size, EDGES) for size in (1, 10))
    assert one_each.clusters == pytest.approx(2000)
    assert ten_each.clusters == pytest.approx(200)
    copied = binned(np.repeat(values[:200], 10), np.arange(2000) // 10, EDGES)
    assert copied.design_effect == pytest.approx(10, rel=0.01)
    assert drift(copied, copied, 0.05).critical > 8 * drift(one_each, one_each, 0.05).critical


def test_what_travels_as_json_is_judged_as_what_was_counted() -> None:
    reference, later = independent(3000, 1), independent(900, 2, mean=0.2)
    travelled = Binned.of(json.loads(json.dumps(reference.document())))
    assert drift(travelled, later, 0.01).critical == pytest.approx(drift(reference, later, 0.01).critical, rel=1e-5)
    assert drift(travelled, later, 0.01).index == drift(reference, later, 0.01).index
    assert travelled.document() == reference.document()


def test_a_column_of_one_value_has_no_index() -> None:
    rows = np.arange(50)
    reference = binned(np.full(50, 3.0), rows)
    assert drift(reference, binned(np.full(50, 3.0), rows, reference.edges), 0.05).index == 0
