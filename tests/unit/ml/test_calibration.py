"""Reliability and gains: a calibrated score is told from one that is too sure, and the same tables draw the same charts."""

from __future__ import annotations

import numpy as np
import pytest

from ml.governance.calibration import calibration, gains
from ml.governance.charts import calibration_chart, gain_chart
from ml.governance.tables import csv_text, probability_files

GENERATOR = np.random.default_rng(3)
SCORES = GENERATOR.beta(1, 12, 8000)
EVENTS = GENERATOR.random(8000) < SCORES
WHOSE = np.arange(8000) // 4


def test_a_calibrated_score_has_slope_one_intercept_nothing_and_observes_what_it_expects() -> None:
    found = calibration(SCORES, EVENTS, WHOSE)
    assert found.slope == pytest.approx(1, abs=0.1)
    assert found.intercept == pytest.approx(0, abs=0.25)
    assert found.error_low <= found.error <= found.error_high < 0.02
    held = [band.observed_low <= band.expected <= band.observed_high for band in found.bands]
    assert sum(held) >= len(held) - 2


def test_a_score_that_is_too_sure_has_a_slope_below_one_and_an_error_beyond_chance() -> None:
    odds = (SCORES / (1 - SCORES)) ** 2
    found = calibration(odds / (1 + odds), EVENTS, WHOSE)
    assert found.slope == pytest.approx(0.5, abs=0.05)
    assert found.error_low > calibration(SCORES, EVENTS, WHOSE).error_high


def test_bands_go_from_the_highest_score_down_and_hold_every_row_once() -> None:
    bands = calibration(SCORES, EVENTS, WHOSE).bands
    assert sum(band.rows for band in bands) == len(SCORES)
    assert [band.rows for band in bands[:3]] == [40, 40, 80]
    lowest, highest = [band.lowest_score for band in bands[:-1]], [band.highest_score for band in bands[1:]]
    assert all(above >= below for above, below in zip(lowest, highest, strict=True))


def test_equal_scores_are_one_band() -> None:
    found = calibration(np.full(100, 0.25), np.arange(100) % 4 == 0, np.arange(100))
    assert len(found.bands) == 1
    assert found.error == pytest.approx(0)


def test_gains_capture_more_with_each_share_and_all_with_all() -> None:
    rows = gains(SCORES, EVENTS)
    assert [row.alerts for row in rows[:3]] == [40, 80, 160]
    captured = [row.captured for row in rows]
    assert captured == sorted(captured)
    assert (rows[-1].captured, rows[-1].lift) == (1, 1)
    assert rows[0].precision == pytest.approx(EVENTS[np.argsort(-SCORES)[:40]].mean())


def test_the_same_tables_draw_the_same_charts() -> None:
    found, captured = calibration(SCORES, EVENTS, WHOSE), gains(SCORES, EVENTS)
    assert calibration_chart(found) == calibration_chart(found)
    assert gain_chart(captured) == gain_chart(captured)
    assert calibration_chart(found) != calibration_chart(calibration(SCORES**2, EVENTS, WHOSE))


def test_a_run_has_each_table_as_csv_and_as_a_chart() -> None:
    files = probability_files(calibration(SCORES, EVENTS, WHOSE), gains(SCORES, EVENTS))
    assert set(files) == {"calibration.csv", "calibration.svg", "gains.csv", "gains.svg"}
    assert files["gains.csv"].splitlines()[0] == "share,alerts,events,precision,captured,lift"
    assert files["calibration.svg"].lstrip().startswith("<?xml")
    assert csv_text(gains(SCORES, EVENTS)) == files["gains.csv"]
