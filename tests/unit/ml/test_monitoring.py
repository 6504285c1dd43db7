"""Monitoring is neither noisy nor silent: thirty clean windows alarm at most once, and what is planted is found in its window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from contracts.errors import ConfigurationError
from contracts.models.monitoring import ModelMonitoring, Monitoring, model_monitoring
from contracts.models.shapes import validated
from ml.governance.monitoring import Decided, Finding, closed_windows, examine
from ml.governance.performance import performance
from ml.governance.reference import Reference, reference_of

POLICY = model_monitoring("fraud")
BUDGET = 0.05
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
INPUTS = 10
WINDOWS = 30


def decided(seed: int, rows: int = 3000, accounts: int = 400) -> Decided:
    """Decisions of accounts that differ, other ones each time; half of the inputs hold steady within an account."""
    generator = np.random.default_rng(seed)
    weight = generator.lognormal(0, 1, accounts)
    account = generator.choice(accounts, rows, p=weight / weight.sum())
    steady = generator.normal(0, 1, (accounts, INPUTS))[account]
    values = steady + generator.normal(0, 1, (rows, INPUTS)) * (np.arange(INPUTS) % 2)
    risk = values[:, 0] + values[:, 1] + 0.5 * generator.normal(0, 1, rows)
    outcome = generator.random(rows) < 1 / (1 + np.exp(5 - 1.5 * risk))
    scores = 1 / (1 + np.exp(5 - 1.5 * (values[:, 0] + values[:, 1])))
    return Decided(
        columns={f"input_{place}": values[:, place] for place in range(INPUTS)},
        scores=scores,
        clusters=account,
        judged=generator.random(rows) < 0.8,
        outcome=outcome,
        shadow=np.full(rows, np.nan),
    )


@pytest.fixture(scope="module")
def reference() -> Reference:
    held_out = decided(1, rows=12_000, accounts=1500)
    own = held_out.judged
    judged = performance(held_out.scores[own], held_out.outcome[own], held_out.clusters[own], BUDGET)
    return reference_of(pd.DataFrame(held_out.columns), held_out.scores, held_out.clusters, UNTIL, judged)


def alarms(findings: list[Finding]) -> set[str]:
    return {finding.subject for finding in findings if finding.alarm}


def test_thirty_clean_windows_alarm_at_most_once_a_series_on_average(reference: Reference) -> None:
    alarmed = [
        bool(alarms(examine(reference, decided(100 + window), POLICY, BUDGET, mature=True)))
        for window in range(4 * WINDOWS)
    ]
    assert sum(alarmed) <= 4  # one in each series of thirty


def test_chance_is_kept_out_by_the_critical_value_and_not_by_the_least_index_alone(reference: Reference) -> None:
    strict = POLICY.model_copy(update={"minimum_index": 0.0})
    few = [decided(300 + window, rows=600, accounts=100) for window in range(2 * WINDOWS)]
    found = [examine(reference, one, strict, BUDGET, mature=False) for one in few]
    above = [any(finding.value > POLICY.minimum_index for finding in one if finding.family == "drift") for one in found]
    assert sum(above) > WINDOWS  # the usual limit would alarm in every second small window
    assert sum(bool(alarms(one)) for one in found) <= 4


@pytest.mark.parametrize("seed", range(5))
def test_an_input_that_moves_is_found_in_its_window_and_named(reference: Reference, seed: int) -> None:
    window = decided(500 + seed)
    moved = {**window.columns, "input_3": window.columns["input_3"] + 1.2}
    assert "input_3" in alarms(examine(reference, replace(window, columns=moved), POLICY, BUDGET, mature=False))


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_rise_are_found_in_their_window(reference: Reference, seed: int) -> None:
    window = decided(600 + seed)
    odds = 4 * window.scores / (1 - window.scores)
    found = examine(reference, replace(window, scores=odds / (1 + odds)), POLICY, BUDGET, mature=False)
    assert alarms(found) == {"score"}


@pytest.mark.parametrize("seed", range(5))
def test_a_score_that_no_longer_tells_is_found_when_its_labels_are_mature(reference: Reference, seed: int) -> None:
    window = decided(700 + seed)
    shuffled = np.random.default_rng(seed).permutation(window.outcome)
    blind = replace(window, outcome=shuffled)
    assert "auc" in alarms(examine(reference, blind, POLICY, BUDGET, mature=True))
    assert not any(one.family == "performance" for one in examine(reference, blind, POLICY, BUDGET, mature=False))


def test_a_finding_has_its_value_what_it_was_held_to_and_an_interval(reference: Reference) -> None:
    found = {one.subject: one for one in examine(reference, decided(9), POLICY, BUDGET, mature=True)}
    auc = found["auc"]
    assert auc.held_out == reference.figures["auc"].value
    assert auc.critical is not None
    assert auc.critical < auc.held_out
    assert auc.low is not None
    assert auc.high is not None
    assert auc.low <= auc.value <= auc.high
    brier = found["brier"]
    assert brier.critical is not None
    assert brier.held_out is not None
    assert brier.critical > brier.held_out
    assert {"score", *(f"input_{place}" for place in range(INPUTS))} <= found.keys()


def test_a_window_with_too_little_in_it_says_so_and_alarms_nothing(reference: Reference) -> None:
    few = decided(2, rows=POLICY.minimum_rows - 1, accounts=30)
    none = replace(few, outcome=np.zeros(len(few.scores), dtype=np.bool_))
    found = examine(reference, none, POLICY, BUDGET, mature=True)
    assert [(one.family, one.subject) for one in found] == [
        ("coverage", "rows"),
        ("coverage", "clusters"),
        ("coverage", "events"),
    ]
    assert not alarms(found)


def test_a_better_challenger_is_told_by_its_difference_and_its_noise(reference: Reference) -> None:
    window = decided(3)
    generator = np.random.default_rng(4)
    worse = replace(window, scores=window.scores * generator.lognormal(0, 2, len(window.scores)), shadow=window.scores)
    found = {one.subject: one for one in examine(reference, worse, POLICY, BUDGET, mature=True)}
    assert found["auc_delta"].low is not None
    assert found["auc_delta"].low > 0
    assert 0 < found["alerts_in_common"].value < 1
    same = replace(window, shadow=window.scores)
    agreeing = {one.subject: one for one in examine(reference, same, POLICY, BUDGET, mature=True)}
    assert agreeing["alerts_in_common"].value == 1
    assert agreeing["auc_delta"].value == 0


def test_windows_are_over_and_weeks_begin_on_mondays() -> None:
    found = closed_windows(timedelta(days=7), UNTIL, UNTIL + timedelta(days=16))
    assert [(window.start, window.end) for window in found] == [
        (datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)),
        (datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)),
    ]
    assert found[0].start.strftime("%A") == "Monday"
    assert closed_windows(timedelta(days=7), UNTIL, UNTIL + timedelta(days=7)) == []


def test_a_policy_that_alarms_by_chance_more_than_once_in_thirty_windows_is_refused() -> None:
    noisy = {**POLICY.model_dump(), "drift_significance": 0.03}
    with pytest.raises(ConfigurationError, match="more than one false alarm in 30 windows"):
        validated(ModelMonitoring, noisy)


def test_a_model_without_monitoring_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"no monitoring is declared for .*micro_loan"):
        validated(Monitoring, {"models": {"fraud": POLICY.model_dump()}})
