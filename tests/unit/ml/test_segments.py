from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from ml.governance.segments import score_bands, value_bands

GENERATOR = np.random.default_rng(3)
SCORES = GENERATOR.uniform(0.01, 0.6, 4000)
DEFAULT = GENERATOR.random(4000) < SCORES


def test_bands_of_the_score_hold_a_tenth_each_riskiest_first() -> None:
    rows = score_bands(SCORES, DEFAULT)
    assert [row.rows for row in rows] == [400] * 10
    foretold = [row.expected for row in rows]
    assert foretold == sorted(foretold, reverse=True)
    assert rows[0].captured > 0.15
    assert rows[-1].captured == 1


def test_in_a_calibrated_score_each_band_defaults_as_foretold() -> None:
    for row in score_bands(SCORES, DEFAULT):
        assert row.events == pytest.approx(row.expected, abs=4 * np.sqrt(row.expected))


def test_quarters_are_those_of_the_training_values_and_the_missing_stand_apart() -> None:
    train = pd.DataFrame({"income": np.arange(1.0, 101.0)})
    test = pd.DataFrame({"income": [10.0, 25.75, 60.0, 1000.0, np.nan, np.nan]})
    scores, default = np.linspace(0.1, 0.6, 6), np.array([False, False, True, False, True, False])
    rows = {row.segment: row for row in value_bands(train, test, scores, default)}
    assert {name: (row.rows, row.events) for name, row in rows.items()} == {
        "up to 25.75": (2, 0),
        "50.5 < value <= 75.25": (1, 1),
        "over 75.25": (1, 0),
        "missing": (2, 1),
    }
    assert rows["missing"].auc == 0
    assert rows["over 75.25"].auc is None
