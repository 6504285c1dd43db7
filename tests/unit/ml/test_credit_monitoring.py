"""Credit monitoring: only the customer differs between the two scores, and a whole step counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.credit.monitoring import load_monitoring
from contracts.credit.offers import load_offers
from ml.champions import Champion
from ml.credit.assessment import Inputs
from ml.credit.monitoring import CreditMovement, movement
from tests.unit.ml.hand_card import applicant, hand_card

CHAMPION, POLICY = Champion(hand_card()), load_monitoring()
COLUMNS = load_offers().products["micro_loan"].columns
AMOUNTS = st.floats(0, 30_000).map(round).map(float)
BUREAU = st.none() | st.integers(300, 900).map(float)
APPLICANTS = st.builds(applicant, applied_income=AMOUNTS, applied_existing_debt=AMOUNTS, applied_bureau_score=BUREAU)


def moved(before: Inputs, after: Inputs) -> CreditMovement | None:
    return movement(before, after, CHAMPION, COLUMNS, POLICY)


def test_a_lower_bureau_score_that_costs_points_is_both() -> None:
    found = moved(applicant(), applicant(applied_bureau_score=550))
    assert found == CreditMovement(("score_fell", "bureau_score_fell"), 620, 590, 655, 550)


@given(principal=AMOUNTS)
def test_another_amount_alone_moves_nothing(principal: float) -> None:
    assert moved(applicant(), applicant(principal=principal)) is None


@pytest.mark.parametrize(
    ("bureau", "seen"), [(679, ()), (680, ("bureau_score_rose",)), (631, ()), (630, ("bureau_score_fell",))]
)
def test_a_whole_step_of_the_bureaus_scale_counts(bureau: float, seen: tuple[str, ...]) -> None:
    found = moved(applicant(), applicant(applied_bureau_score=bureau))
    assert (() if found is None else found.movements) == seen


def test_a_whole_step_of_the_card_counts() -> None:
    found = moved(applicant(applied_bureau_score=690), applicant(applied_bureau_score=700))
    assert found == CreditMovement(("score_rose",), 620, 620 + POLICY.score_step, 690, 700)


def test_a_bureau_score_that_is_not_known_did_not_move() -> None:
    found = moved(applicant(applied_bureau_score=None), applicant(applied_bureau_score=880))
    assert found is not None
    assert found.movements == ("score_rose",)
    assert (found.bureau_score_before, found.bureau_score_after) == (None, 880)


@given(before=APPLICANTS, after=APPLICANTS)
def test_what_rose_fell_the_other_way(before: Inputs, after: Inputs) -> None:
    there, back = moved(before, after), moved(after, before)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        turned = {"fell": "rose", "rose": "fell"}
        expected = tuple(f"{name[:-4]}{turned[name[-4:]]}" for name in there.movements)
        assert back.movements == expected
        assert (back.score_before, back.score_after) == (there.score_after, there.score_before)
