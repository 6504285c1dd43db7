"""The card of consumer loans: features by hand, planted causes learnt, missing reports, directions, reasons, fairness, prices."""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.models.credit import credit_model
from ml.champions import Champion
from ml.credit.dataset import build_dataset, feature_frame
from ml.credit.outcomes import counted, defaulted
from ml.credit.reasons import largest_losses
from ml.credit.run import Trained, card_limits, train_card
from ml.credit.underwriting import Application, book_of, underwrite
from tests.unit.ml.consumer_loans import REPORT, application, consumer_loans

MODEL = credit_model("consumer_loan")
REPORTED = {"reported_score", "reported_utilisation_pct", "reported_worst_days_past_due", "reported_inquiries_6m"}
PLANTED = {
    "applied_income",
    "applied_employment_months",
    "applied_informal",
    "debt_to_income",
    "requested_to_income",
    "reported_score",
    "reported_utilisation_pct",
    "reported_worst_days_past_due",
}
GOOD = {
    "applied_income": 40_000.0,
    "applied_employment_months": 90.0,
    "reported_score": 790.0,
    "reported_utilisation_pct": 1.0,
}
BAD = {
    "applied_existing_debt": 60_000.0,
    "applied_informal": 1.0,
    "reported_score": 480.0,
    "reported_utilisation_pct": 99.0,
    "reported_worst_days_past_due": 110.0,
}
NO_REPORT = dict.fromkeys(REPORT)
VALUES = st.one_of(st.none(), st.sampled_from([0.0, -1.0]), st.floats(0.01, 1e7))


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_card(MODEL, consumer_loans(), groups=by_chance(consumer_loans()))


def by_chance(frame: pd.DataFrame, **told: object) -> pd.DataFrame:
    """Borrowers whose ages and homes have nothing to do with the loan."""
    generator = np.random.default_rng(2)
    drawn = {
        "age_band": generator.choice(["under 25", "25 to 34"], len(frame)),
        "state": generator.choice(["MX-CMX", "MX-JAL"], len(frame)),
        "in_marginalised_zone": generator.choice(["false", "true"], len(frame)),
    }
    return pd.DataFrame({**drawn, **told}, index=frame.index)


def failed(trained: Trained) -> list[str]:
    return [condition.name for condition in trained.gate.conditions if not condition.holds]


def features_of(**changes: float | None) -> dict[str, float]:
    told: dict[str, float] = feature_frame(application(**changes), MODEL).iloc[0].to_dict()
    return told


def columns_of(**changes: float | None) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]] = application(**changes)[list(MODEL.columns)].to_numpy()
    return values


def test_the_features_of_an_application_worked_out_by_hand() -> None:
    assert features_of() == {
        "applied_income": 12_000.0,
        "applied_employment_months": 24.0,
        "applied_informal": 0.0,
        "debt_to_income": 0.5,  # 6,000 of 12,000
        "requested_to_income": 0.75,  # 9,000 of 12,000
        "instalment_to_income": 0.125,  # 1,500 a month of 12,000
        "reported_score": 640.0,
        "reported_utilisation_pct": 55.5,
        "reported_worst_days_past_due": 0.0,
        "reported_inquiries_6m": 2.0,
        "reported_debt_to_income": 0.75,  # 9,000 of 12,000
    }


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (NO_REPORT, {*REPORTED, "reported_debt_to_income"}),
        ({"reported_score": None}, {"reported_score"}),
        ({"term_months": 0.0}, {"instalment_to_income"}),
        ({"applied_income": 0.0}, {name for name in features_of() if name.endswith("_to_income")}),
    ],
)
def test_what_was_not_reported_and_a_ratio_to_nothing_are_missing(
    changes: dict[str, float | None], missing: set[str]
) -> None:
    assert {name for name, value in features_of(**changes).items() if math.isnan(value)} == missing


def test_what_was_planted_is_learnt_and_the_plain_world_passes(trained: Trained) -> None:
    assert failed(trained) == []
    assert {feature.name for feature in trained.card.features} >= PLANTED
    assert trained.metrics["auc_low"] > 0.7


@settings(max_examples=100, deadline=None)
@given(income=VALUES, debt=VALUES, months=VALUES, report=st.one_of(st.none(), st.tuples(*[VALUES] * len(REPORT))))
def test_the_graph_scores_as_the_card_does_with_a_report_and_without(
    trained: Trained, income: float | None, debt: float | None, months: float | None, report: tuple[float, ...] | None
) -> None:
    reported = dict(zip(REPORT, report or [None] * len(REPORT), strict=True))
    told = {"applied_income": income, "applied_existing_debt": debt, "applied_employment_months": months, **reported}
    probabilities, score = Champion(trained.content).run(columns_of(**told), ("probabilities", "score"))
    expected = trained.card.score(features_of(**told))
    assert score[0, 0] == pytest.approx(expected, abs=1e-9)
    assert probabilities[0, 1] == pytest.approx(trained.card.probability_of_default(expected), abs=1e-12)


def test_the_points_of_the_features_add_up_to_the_log_odds(trained: Trained) -> None:
    columns = consumer_loans(count=400, seed=11)[list(MODEL.columns)].to_numpy(dtype=np.float64)
    probabilities, points, score = Champion(trained.content).run(columns, ("probabilities", "points", "score"))
    log_odds = np.log(probabilities[:, 0] / probabilities[:, 1])
    assert np.abs(log_odds - [trained.card.log_odds(total) for total in points.sum(axis=1)]).max() <= 1e-9
    assert np.abs(points.sum(axis=1) - score[:, 0]).max() <= 1e-9


def test_points_and_default_rates_only_move_in_the_declared_direction(trained: Trained) -> None:
    falling = {feature.name: feature.trend == "descending" for feature in MODEL.features}
    assert all(feature.trend != "auto_asc_desc" for feature in MODEL.features)
    for feature in trained.card.features:
        points, rates = ([getattr(item, name) for item in feature.bins] for name in ("points", "default_rate"))
        assert rates == sorted(rates, reverse=falling[feature.name]), feature.name
        assert points == sorted(points, reverse=not falling[feature.name]), feature.name


@pytest.mark.parametrize("feature", MODEL.features, ids=lambda feature: str(feature.name))
def test_the_challenger_moves_in_the_declared_direction_only(trained: Trained, feature: object) -> None:
    name, trend = feature.name, feature.trend  # type: ignore[attr-defined]
    values = trained.dataset.train[name].dropna().sort_values().unique()[::25]
    rows = pd.concat([feature_frame(application(), MODEL)] * len(values)).assign(**{name: values})
    found = trained.booster.probabilities(rows)
    steps = [after - before for before, after in pairwise(found)]
    assert all(step <= 1e-12 if trend == "descending" else step >= -1e-12 for step in steps), name


def test_a_missing_report_is_worth_the_points_of_missing_values(trained: Trained) -> None:
    missing = {item.name: item.missing_points for item in trained.card.features if item.name.startswith("reported_")}
    (points,) = Champion(trained.content).run(columns_of(**NO_REPORT), ("points",))
    named = dict(zip((item.name for item in trained.card.features), points[0], strict=True))
    assert {name: named[name] for name in missing} == pytest.approx(missing, abs=1e-9)
    assert all(math.isfinite(value) for value in missing.values())


def test_what_was_reported_after_the_default_is_stopped() -> None:
    frame = consumer_loans()
    corrected = frame["reported_worst_days_past_due"].where(frame["status"].eq("repaid"), 95.0)
    assert "auc of reported_worst_days_past_due alone" in failed(
        train_card(MODEL, frame.assign(reported_worst_days_past_due=corrected))
    )


def test_ages_are_compared_and_homes_are_told(trained: Trained) -> None:
    judged = [item.name for item in trained.gate.conditions if item.name.startswith("approval ratio")]
    assert judged == ["approval ratio by age_band"]
    assert {row.attribute for row in trained.verdict.fairness} == {"age_band", "state", "in_marginalised_zone"}


@pytest.mark.parametrize(
    ("attribute", "group", "stopped"),
    [
        ("age_band", "under 25", ["approval ratio by age_band of under 25"]),
        ("in_marginalised_zone", "true", []),
    ],
)
def test_a_group_that_a_law_protects_stops_a_card_and_another_is_seen(
    attribute: str, group: str, stopped: list[str]
) -> None:
    frame = consumer_loans()
    own = np.arange(len(frame)) % 2 == 0
    frame.loc[own, "reported_utilisation_pct"] = 60 + frame.loc[own, "reported_utilisation_pct"] * 0.4
    frame.loc[~own, "reported_utilisation_pct"] *= 0.4
    found = train_card(MODEL, frame, groups=by_chance(frame, **{attribute: np.where(own, group, "other")}))
    assert [name for name in failed(found) if name.startswith("approval ratio")] == stopped
    assert next(row for row in found.verdict.fairness if row.group == group).ratio < 0.8


def test_the_model_card_says_by_what_nobody_is_compared() -> None:
    assert any("not compared by origin_country: raisket asks for the country" in told for told in card_limits(MODEL))
    assert not any("not compared" in told for told in card_limits(credit_model("micro_loan")))


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_who_is_refused_is_told_why_in_their_language(trained: Trained, language: str) -> None:
    probabilities, points = Champion(trained.content).run(columns_of(**BAD), ("probabilities", "points"))
    assert probabilities[0, 1] >= MODEL.decision.decline_from
    named = dict(zip((item.name for item in trained.card.features), points[0], strict=True))
    best = {item.name: item.best_points for item in trained.card.features}
    told = [loss.feature for loss in largest_losses(named, best, MODEL.decision.reasons)]
    texts = {feature.name: feature.reason for feature in MODEL.features}
    assert len(told) == MODEL.decision.reasons
    assert set(told) <= {"debt_to_income", *BAD}
    assert all(texts[name][language] for name in told)  # type: ignore[index]
    assert len({texts[name][language] for name in texts}) == len(texts)  # type: ignore[index]


def test_only_loans_whose_window_is_over_count_and_only_defaults_within_it() -> None:
    granted = pd.to_datetime(["2025-11-29", "2025-11-30", "2025-12-01", "2026-08-31"], utc=True)
    days = [274, 275, None, None]
    frame = consumer_loans(count=4).assign(
        disbursed_at=granted,
        defaulted_at=granted + pd.to_timedelta(days, unit="D"),
        status=["defaulted", "defaulted", "repaid", "active"],
    )
    assert counted(frame, MODEL).tolist() == [True, True, True, False]
    assert defaulted(frame, MODEL).tolist() == [True, False, False, False]


def test_fewer_defaults_than_ten_for_each_feature_are_refused() -> None:
    assert MODEL.training.minimum_defaults == 10 * len(MODEL.features)
    with pytest.raises(InvalidInputError, match=r"defaults among \d+ loans, at least 110 are needed"):
        build_dataset(consumer_loans(count=400), MODEL)


def test_a_price_is_within_the_cap_of_mexico_and_a_limit_would_be_approved(trained: Trained) -> None:
    book = book_of("consumer_loan")
    asked = [
        Application({str(name): float(value) for name, value in application(**told).iloc[0].items()}, 6, "MX")
        for told in (GOOD, {}, BAD)
    ]
    good, _, bad = found = underwrite(asked, Champion(trained.content), book, date(2026, 11, 29))
    assert good.offer is not None
    assert good.limit is not None
    assert good.offer.disclosed_name == "CAT"
    assert good.limit.loan.principal > good.offer.loan.principal
    assert all(one.offer is None or one.offer.disclosed_pct <= one.offer.cap_pct == 60 for one in found)
    assert (bad.assessment.outcome, bad.offer) == ("decline", None)
