from __future__ import annotations

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from ml.credit.encoding import encode_for_training, fit_encoding
from tests.unit.ml.applications import applicants, design

FEATURES, DEFAULT = applicants()
DECLARED = design().features


def test_an_ordered_text_is_its_place_and_an_unknown_one_is_missing() -> None:
    encoding = fit_encoding(FEATURES, DEFAULT, DECLARED, 10)
    rows = FEATURES.iloc[:4].assign(band=["low", "high", "never heard of", None])
    assert encoding.apply(rows)["band"].tolist() == pytest.approx([0, 2, np.nan, np.nan], nan_ok=True)


def test_a_category_is_worth_the_log_odds_of_its_holders_mixed_with_everybody() -> None:
    frame = pd.DataFrame({"debt": 1.0, "band": "low", "trade": ["baker"] * 30 + ["smith"] * 10})
    default = np.array([True] * 6 + [False] * 24 + [True] * 4 + [False] * 6)
    encoding = fit_encoding(frame, default, DECLARED, 10)
    odds = ((4 + 10 * 0.25) / 20, (6 + 10 * 0.75) / 20)
    smith = np.log(odds[0] / odds[1]) - np.log(0.25 / 0.75)
    assert encoding.columns["trade"].numbers["smith"] == pytest.approx(smith, abs=1e-12)
    unknown = encoding.apply(frame.iloc[:1].assign(trade="never heard of"))
    assert unknown["trade"].tolist() == [0.0]


def test_a_text_that_only_one_applicant_holds_tells_nothing_about_them_in_training() -> None:
    names = [f"applicant {number}" for number in range(len(FEATURES))]
    encoded = encode_for_training(FEATURES.assign(trade=names), DEFAULT, DECLARED, 10, seed=1)
    assert set(encoded["trade"]) == {0.0}


def test_a_category_of_many_rows_is_encoded_in_training_as_it_will_be_later() -> None:
    encoded = encode_for_training(FEATURES, DEFAULT, DECLARED, 10, seed=1)
    pd.testing.assert_frame_equal(encoded, fit_encoding(FEATURES, DEFAULT, DECLARED, 10).apply(FEATURES))


def test_in_training_a_sparse_category_leaves_the_other_columns_as_they_are() -> None:
    names = [f"trade {number % 300}" for number in range(len(FEATURES))]
    frame = FEATURES.assign(trade=names)
    encoded = encode_for_training(frame, DEFAULT, DECLARED, 10, seed=1)
    later = fit_encoding(frame, DEFAULT, DECLARED, 10).apply(frame)
    pd.testing.assert_frame_equal(encoded[["debt", "band"]], later[["debt", "band"]])
    assert not encoded["trade"].isna().any()
    assert np.corrcoef(encoded["trade"], DEFAULT)[0, 1] < 0.2 < np.corrcoef(later["trade"], DEFAULT)[0, 1]
