"""What a run of the scorecard leaves for its reviewers, and what travels with the card."""

from __future__ import annotations

import numpy as np
import pytest

from contracts.models.credit import micro_loan_model
from ml.champions import Champion
from ml.credit.reasons import first_reasons, largest_losses
from ml.credit.run import Trained, train_card
from ml.governance.reference import Reference
from tests.unit.ml.applications import loans

MODEL = micro_loan_model()


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_card(MODEL, loans())


def test_every_headline_figure_has_its_interval(trained: Trained) -> None:
    for name in ("auc", "gini", "kolmogorov_smirnov", "average_precision", "brier", "calibration_error"):
        assert trained.metrics[f"{name}_low"] <= trained.metrics[name] <= trained.metrics[f"{name}_high"]


def test_loans_of_one_borrower_are_not_counted_as_if_they_were_of_many(trained: Trained) -> None:
    frame = loans()
    alike = train_card(MODEL, frame.assign(borrower=[f"member-{place // 24}" for place in range(len(frame))]))
    assert alike.metrics["auc"] == trained.metrics["auc"]
    assert alike.metrics["auc_low"] != trained.metrics["auc_low"]


def test_the_first_reason_is_the_one_that_the_applicant_is_told_first() -> None:
    generator = np.random.default_rng(2)
    names = ("income", "debt", "bureau")
    points = {name: generator.integers(0, 40, 50).astype(float) for name in names}
    points = {name: np.where(np.arange(50) < 3, 40.0, values) for name, values in points.items()}
    best = dict.fromkeys(names, 40.0)
    told = first_reasons(points, best)
    for place, name in enumerate(told):
        losses = largest_losses({one: values[place] for one, values in points.items()}, best, 1)
        assert name == (losses[0].feature if losses else "")
    assert (told[:3] == "").all()


def test_reasons_are_shares_of_those_who_were_not_approved(trained: Trained) -> None:
    assert sum(trained.reasons.earlier.values()) == pytest.approx(1)
    assert set(trained.reasons.earlier) <= {feature.code for feature in MODEL.features}
    assert not trained.reasons.stability.shifted


def test_poor_applicants_whom_the_bureau_scores_well_are_given_other_reasons() -> None:
    frame = loans()
    later = frame.index[840:]
    frame.loc[later, "applied_bureau_score"] = 900
    frame.loc[later, "applied_income"] *= 0.2
    moved = train_card(MODEL, frame).reasons
    assert moved.stability.shifted
    assert moved.later["bureau_score_low_or_missing"] == 0 < moved.earlier["bureau_score_low_or_missing"]


def test_the_reference_travels_inside_the_card(trained: Trained) -> None:
    reference = Reference.of(Champion(trained.content))
    assert reference is not None
    assert set(reference.columns) == {"score", *(feature.name for feature in MODEL.features)}
    assert all(column.counts.sum() == len(loans()) for column in reference.columns.values())
    assert reference.figures["auc"].value == pytest.approx(trained.metrics["auc"], abs=1e-9)
    assert "precision_at_budget" not in reference.figures
