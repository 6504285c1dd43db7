"""Observations held out by time or by borrower: nothing that judges was taught, and a loan that defaulted counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import pandas as pd  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError
from contracts.models.behaviour import BehaviourModel, HeldOut, behaviour_model
from ml.credit.behaviour_dataset import Observations, build_behaviour_dataset, defaults_within
from tests.unit.ml.observed_loans import observations

MODEL = behaviour_model("micro_loan_behaviour")
OBSERVED = observations()
START = pd.Timestamp("2025-01-01", tz="UTC")


def with_training(**changes: object) -> BehaviourModel:
    training = MODEL.training.model_copy(update=changes)
    return MODEL.model_copy(update={"training": training})


@given(test_from=st.floats(0.3, 0.95), months=st.integers(1, 12), present=st.integers(0, 300))
def test_no_outcome_of_the_training_part_lies_in_the_test_part(test_from: float, months: int, present: int) -> None:
    window = timedelta(days=30 * months)
    model = with_training(test_from=test_from, minimum_defaults=0).model_copy(update={"outcome_window": window})
    known = Observations(OBSERVED.rows, OBSERVED.present - timedelta(days=present))
    try:
        dataset = build_behaviour_dataset(known, model)
    except InvalidInputError:
        return  # nothing is left to learn from
    at = OBSERVED.rows["observed_at"]
    train, test = at[dataset.train.index], at[dataset.test.index]
    assert (train + window).max() <= dataset.test_from == test.min()
    assert (test + window).max() <= known.present
    mature = at[at + window <= known.present]
    left_out = mature.drop([*dataset.train.index, *dataset.test.index])
    assert ((left_out + window > dataset.test_from) & (left_out < dataset.test_from)).all()


def by_borrowers(test_from: float = 0.7, **changes: object) -> BehaviourModel:
    training = MODEL.training.model_copy(update={"minimum_defaults": 0, "test_from": test_from, **changes})
    return MODEL.model_copy(update={"training": training, "held_out": "borrowers"})


@given(test_from=st.floats(0.05, 0.95), seed=st.integers(0, 1000))
def test_no_borrower_is_taught_and_judged_by_and_nobody_whose_outcome_is_known_is_left_out(
    test_from: float, seed: int
) -> None:
    dataset = build_behaviour_dataset(OBSERVED, by_borrowers(test_from, seed=seed))
    taught, judged = (set(OBSERVED.rows.loc[part.index, "borrower"]) for part in (dataset.train, dataset.test))
    assert taught.isdisjoint(judged)
    assert len(taught) / len(taught | judged) == pytest.approx(test_from, abs=0.08)
    known = OBSERVED.rows[OBSERVED.rows["observed_at"] + MODEL.outcome_window <= OBSERVED.present]
    assert {*dataset.train.index, *dataset.test.index} == set(known.index)
    assert dataset.test_from == OBSERVED.rows.loc[dataset.test.index, "observed_at"].min()


@given(share=st.floats(0.2, 1), days=st.integers(0, 400))
def test_a_borrower_stays_on_the_side_that_it_was_on_whoever_else_comes_and_however_long_it_is_observed(
    share: float, days: int
) -> None:
    others = OBSERVED.rows["borrower"].sort_values().unique()
    some = OBSERVED.rows[OBSERVED.rows["borrower"].isin(others[: int(share * len(others))])]
    fewer = Observations(some, OBSERVED.present - timedelta(days=days))
    whole, part = (build_behaviour_dataset(one, by_borrowers()) for one in (OBSERVED, fewer))
    for name in ("train", "test"):
        assert set(getattr(part, name).index) <= set(getattr(whole, name).index)


def test_another_seed_holds_out_other_borrowers() -> None:
    one, other = (build_behaviour_dataset(OBSERVED, by_borrowers(seed=seed)) for seed in (1, 2))
    judged = [set(OBSERVED.rows.loc[part.test.index, "borrower"]) for part in (one, other)]
    assert len(judged[0] & judged[1]) < 0.5 * len(judged[0] | judged[1])


def test_what_becomes_known_later_changes_no_outcome_that_was_known() -> None:
    rows = OBSERVED.rows
    later = rows["defaulted_at"] >= OBSERVED.present - timedelta(days=60)
    forgotten = rows.assign(defaulted_at=rows["defaulted_at"].mask(later))
    earlier = Observations(forgotten, OBSERVED.present - timedelta(days=60))
    dataset = build_behaviour_dataset(earlier, MODEL)
    for part in (dataset.train, dataset.test):
        pd.testing.assert_series_equal(part["default"], defaults_within(rows.loc[part.index], MODEL), check_names=False)


@pytest.mark.parametrize(("days", "default"), [(0, True), (179.999, True), (180, False), (None, False)])
def test_a_default_counts_from_the_moment_of_the_observation_and_before_the_window_ends(
    days: float | None,
    default: bool,  # noqa: FBT001
) -> None:
    at = pd.NaT if days is None else START + timedelta(days=days)
    rows = pd.DataFrame({"observed_at": [START], "defaulted_at": pd.to_datetime([at], utc=True)})
    assert MODEL.outcome_window == timedelta(days=180)
    assert defaults_within(rows, MODEL).tolist() == [default]


@pytest.mark.parametrize("held_out", get_args(HeldOut))
def test_a_loan_that_was_observed_often_before_it_defaulted_counts_once(held_out: HeldOut) -> None:
    def told(least: int) -> BehaviourModel:
        return with_training(minimum_defaults=least).model_copy(update={"held_out": held_out})

    dataset = build_behaviour_dataset(OBSERVED, told(20))
    rows = OBSERVED.rows.loc[dataset.train.index]
    loans = rows.loc[dataset.train["default"], "loan_id"].nunique()
    assert loans < dataset.train["default"].sum()
    assert build_behaviour_dataset(OBSERVED, told(loans)).train.equals(dataset.train)
    with pytest.raises(InvalidInputError, match=rf"in the train part {loans} loans defaulted, in {len(rows)} observ"):
        build_behaviour_dataset(OBSERVED, told(loans + 1))


def test_nobody_who_defaulted_and_nobody_old_enough_is_told() -> None:
    paid = OBSERVED.rows.assign(defaulted_at=pd.Series(pd.NaT, OBSERVED.rows.index, dtype="datetime64[ns, UTC]"))
    with pytest.raises(
        InvalidInputError, match=r"diasporacore.loans.defaulted_at: in the train part 0 loans defaulted"
    ):
        build_behaviour_dataset(Observations(paid, OBSERVED.present), MODEL)
    with pytest.raises(InvalidInputError, match="no loan was observed 180 days ago or earlier"):
        build_behaviour_dataset(Observations(OBSERVED.rows, OBSERVED.rows["observed_at"].min()), MODEL)
