"""The card of loans to businesses: its features by hand, its points, its directions, its reasons, and the gates that stop it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.models.credit import credit_model, micro_loan_model
from ml.champions import Champion
from ml.credit.dataset import build_dataset, feature_frame
from ml.credit.outcomes import counted, defaulted
from ml.credit.reasons import largest_losses
from ml.credit.run import Trained, card_parameters, train_card
from tests.unit.ml.business_loans import application, business_loans

MODEL = credit_model("sme_loan")
AMOUNTS = st.one_of(st.none(), st.sampled_from([0.0, -1.0]), st.floats(0.01, 1e9))


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_card(MODEL, business_loans(), groups=by_chance(business_loans()))


def by_chance(frame: pd.DataFrame) -> pd.DataFrame:
    """Owners whose ages have nothing to do with the loan."""
    bands = np.random.default_rng(2).choice(["under 25", "25 to 34"], len(frame))
    return pd.DataFrame({"owner_age_band": bands}, index=frame.index)


def failed(trained: Trained) -> list[str]:
    return [condition.name for condition in trained.gate.conditions if not condition.holds]


def features_of(**changes: float | None) -> dict[str, float]:
    told: dict[str, float] = feature_frame(application(**changes), MODEL).iloc[0].to_dict()
    return told


def test_the_features_of_an_application_worked_out_by_hand() -> None:
    assert features_of() == {
        "applied_inflow_change_pct": -12.5,
        "applied_late_receivables_pct": 18.0,
        "balance_to_inflow": 0.25,  # 5,000 of 20,000
        "balance_to_requested": 5_000 / 30_000,
        "requested_to_inflow": 1.5,
        "instalment_to_inflow": 0.125,  # 2,500 a month of 20,000
    }


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"applied_monthly_inflow": 0.0}, {"balance_to_inflow", "requested_to_inflow", "instalment_to_inflow"}),
        ({"requested_amount": None}, {"balance_to_requested", "requested_to_inflow", "instalment_to_inflow"}),
        ({"term_months": 0.0}, {"instalment_to_inflow"}),
        ({"applied_monthly_inflow": -1.0, "term_months": -1.0, "applied_average_balance": None},
         {"balance_to_inflow", "balance_to_requested", "requested_to_inflow", "instalment_to_inflow"}),
    ],
)  # fmt: skip
def test_a_ratio_to_nothing_is_missing(changes: dict[str, float | None], missing: set[str]) -> None:
    assert {name for name, value in features_of(**changes).items() if math.isnan(value)} == missing


def test_a_business_in_another_currency_has_the_same_features() -> None:
    amounts = ("applied_monthly_inflow", "applied_average_balance", "requested_amount")
    elsewhere = {name: 8 * float(application()[name].iloc[0]) for name in amounts}
    assert features_of(**elsewhere) == features_of()


@settings(max_examples=100, deadline=None)
@given(inflow=AMOUNTS, balance=AMOUNTS, requested=AMOUNTS, term=st.one_of(st.none(), st.integers(0, 60)))
def test_the_graph_scores_as_the_card_does(
    trained: Trained, inflow: float | None, balance: float | None, requested: float | None, term: int | None
) -> None:
    applied = application(
        applied_monthly_inflow=inflow, applied_average_balance=balance, requested_amount=requested, term_months=term
    )
    columns = applied[list(MODEL.columns)].to_numpy()
    (probabilities, score) = Champion(trained.content).run(columns, ("probabilities", "score"))
    expected = trained.card.score(feature_frame(applied, MODEL).iloc[0].to_dict())
    assert score[0, 0] == pytest.approx(expected, abs=1e-9)
    assert probabilities[0, 1] == pytest.approx(trained.card.probability_of_default(expected), abs=1e-12)


def test_the_points_of_the_features_add_up_to_the_log_odds(trained: Trained) -> None:
    columns = business_loans(count=400, seed=11)[list(MODEL.columns)].to_numpy(dtype=np.float64)
    probabilities, points, score = Champion(trained.content).run(columns, ("probabilities", "points", "score"))
    log_odds = np.log(probabilities[:, 0] / probabilities[:, 1])
    assert np.abs(log_odds - [trained.card.log_odds(total) for total in points.sum(axis=1)]).max() <= 1e-9
    assert np.abs(points.sum(axis=1) - score[:, 0]).max() <= 1e-9


def test_points_and_default_rates_only_move_in_the_declared_direction(trained: Trained) -> None:
    declared = {feature.name: feature.trend for feature in MODEL.features}
    for feature in trained.card.features:
        points, rates = ([getattr(item, name) for item in feature.bins] for name in ("points", "default_rate"))
        falling = declared[feature.name] == "descending"
        assert rates == sorted(rates, reverse=falling), feature.name
        assert points == sorted(points, reverse=not falling), feature.name
    assert len(trained.card.features) >= 4


def test_the_same_loans_give_the_same_bytes_and_their_name_says_whose(trained: Trained) -> None:
    assert train_card(MODEL, business_loans(), groups=by_chance(business_loans())).content == trained.content
    assert trained.version.startswith("sme_loan-")
    assert card_parameters(MODEL)["declaration"] == MODEL.version


def test_the_plain_world_passes_and_each_jurisdiction_is_judged_by_its_own_policy(trained: Trained) -> None:
    assert failed(trained) == []
    judged = [item.name for item in trained.gate.conditions if item.name.startswith("approval ratio")]
    assert judged == ["approval ratio by owner_age_band in US"]
    assert {row.jurisdiction for row in trained.verdict.fairness} == {"US", "EU"}


def test_what_was_filled_in_after_the_default_is_stopped() -> None:
    frame = business_loans()
    known = frame["applied_late_receivables_pct"].where(frame["status"].eq("repaid"), 96.0)
    assert "auc of applied_late_receivables_pct alone" in failed(
        train_card(MODEL, frame.assign(applied_late_receivables_pct=known))
    )


def without_applications(gone: pd.Series) -> pd.DataFrame:
    frame = business_loans()
    return frame.assign(**{name: frame[name].where(~gone) for name in MODEL.columns})


def test_applications_that_are_gone_for_most_who_defaulted_are_stopped() -> None:
    defaulted = business_loans()["status"].eq("defaulted")
    gone = defaulted & (np.arange(len(defaulted)) % 20 > 0)
    assert "auc of applied_inflow_change_pct alone" in failed(train_card(MODEL, without_applications(gone)))


@pytest.mark.parametrize("fate", ["defaulted", "repaid"])
def test_applications_that_are_gone_for_all_of_one_outcome_are_refused_by_name(fate: str) -> None:
    gone = business_loans()["status"].eq(fate)
    with pytest.raises(
        InvalidInputError, match=r"applied_inflow_change_pct.*: is missing for everybody of one outcome"
    ):
        train_card(MODEL, without_applications(gone))


@pytest.mark.parametrize(
    ("jurisdiction", "stopped"), [("US", ["approval ratio by owner_age_band in US of under 25"]), ("EU", [])]
)
def test_young_owners_are_protected_where_the_law_protects_them(jurisdiction: str, stopped: list[str]) -> None:
    frame = business_loans(count=3000)
    young = frame["jurisdiction"].eq(jurisdiction) & (np.arange(len(frame)) % 2 == 0)
    frame.loc[young, "applied_late_receivables_pct"] += 25
    groups = pd.DataFrame({"owner_age_band": np.where(young, "under 25", "25 to 34")}, index=frame.index)
    found = train_card(MODEL, frame, groups=groups)
    assert [name for name in failed(found) if name.startswith("approval ratio")] == stopped
    rows = {row.group: row for row in found.verdict.fairness if row.jurisdiction == jurisdiction}
    assert rows["under 25"].ratio < 0.8


@pytest.mark.parametrize("language", ["en", "es", "fr"])
def test_a_refused_business_is_told_why_in_its_language(trained: Trained, language: str) -> None:
    champion = Champion(trained.content)
    applied = application(
        applied_late_receivables_pct=80.0, applied_inflow_change_pct=-50.0, applied_average_balance=200.0
    )
    probabilities, points = champion.run(applied[list(MODEL.columns)].to_numpy(), ("probabilities", "points"))
    assert probabilities[0, 1] >= MODEL.decision.decline_from
    named = dict(zip((item.name for item in trained.card.features), points[0], strict=True))
    best = {item.name: item.best_points for item in trained.card.features}
    told = [loss.feature for loss in largest_losses(named, best, MODEL.decision.reasons)]
    texts = {feature.name: feature.reason for feature in MODEL.features}
    assert "applied_late_receivables_pct" in told
    assert len(told) == MODEL.decision.reasons
    assert all(texts[name][language] for name in told)  # type: ignore[index]
    assert len({texts[name][language] for name in texts}) == len(texts)  # type: ignore[index]


def test_only_loans_whose_year_is_over_count_and_only_defaults_within_it() -> None:
    told = [
        ("2024-09-01", None, "active"),
        ("2024-09-02", 365, "defaulted"),
        ("2024-09-03", 366, "defaulted"),
        ("2025-08-30", 40, "defaulted"),
        ("2025-08-31", None, "repaid"),
        ("2026-08-30", None, "active"),
    ]
    granted = pd.to_datetime([day for day, _, _ in told], utc=True)
    frame = business_loans(count=len(told)).assign(
        disbursed_at=granted,
        defaulted_at=granted + pd.to_timedelta([days for _, days, _ in told], unit="D"),
        status=[status for _, _, status in told],
    )
    assert counted(frame, MODEL).tolist() == [True, True, True, True, False, False]
    assert defaulted(frame, MODEL).tolist() == [False, True, False, True, False, False]
    assert counted(frame, micro_loan_model()).tolist() == [True, True, True, True, True, False]
    assert defaulted(frame, micro_loan_model()).tolist() == [False, True, True, True, False, False]


def test_loans_that_are_too_young_to_have_an_outcome_teach_nothing() -> None:
    frame = business_loans(count=20).assign(status="active", defaulted_at=pd.NaT)
    frame["disbursed_at"] = pd.Timestamp("2026-09-01", tz="UTC")
    with pytest.raises(InvalidInputError, match=r"nexafi\.loans\.status: no loan has an outcome yet"):
        build_dataset(frame, MODEL)


def test_a_handful_of_loans_is_refused_with_what_is_lacking() -> None:
    with pytest.raises(InvalidInputError, match=r"defaults among \d+ loans, at least 20 are needed"):
        build_dataset(business_loans(count=60), MODEL)
