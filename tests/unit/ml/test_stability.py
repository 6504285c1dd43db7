from __future__ import annotations

import numpy as np
import pytest

from ml.governance.stability import stability

SIGNIFICANCE = 0.05


def sample(count: int, seed: int, mean: float = 0.0) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(mean, 1, count)


@pytest.mark.parametrize(("earlier", "later"), [(200, 100), (2000, 2000), (5000, 300)])
def test_chance_exceeds_the_critical_value_about_as_often_as_stated(earlier: int, later: int) -> None:
    alarms = [
        stability(sample(earlier, 2 * turn), sample(later, 2 * turn + 1), SIGNIFICANCE).shifted for turn in range(400)
    ]
    assert 0.01 < np.mean(alarms) < 0.09


def test_the_critical_value_is_the_chi_square_one() -> None:
    found = stability(sample(1000, 1), sample(500, 2), SIGNIFICANCE)
    assert found.bins == 10
    assert found.critical == pytest.approx(16.918978 * (1 / 1000 + 1 / 500), rel=1e-6)


def test_a_planted_shift_is_found_in_one_window() -> None:
    assert stability(sample(2000, 1), sample(500, 2, mean=0.4), 0.001).shifted


def test_values_that_begin_to_be_missing_are_a_shift() -> None:
    later = sample(500, 2)
    later[:100] = np.nan
    assert stability(sample(2000, 1), later, 0.001).shifted


def test_a_column_of_one_value_has_no_index() -> None:
    assert stability(np.full(50, 3.0), np.full(20, 3.0), SIGNIFICANCE).index == 0


def test_one_value_that_becomes_another_is_a_shift() -> None:
    assert stability(np.full(500, 3.0), np.full(200, 4.0), SIGNIFICANCE).shifted
