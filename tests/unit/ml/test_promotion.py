"""Who may let what be served, and where a rollback leads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InvalidInputError, NotFoundError, PermanentError
from ml.governance.promotion import (
    Candidate,
    Promotion,
    Statement,
    champions,
    refuse_champion,
    refuse_unfit,
    rollback_target,
)
from tests.unit.ml.promotions import row


@pytest.mark.parametrize(
    ("by", "reason", "field"), [("", "better", "by"), (" \n", "better", "by"), ("Ana", " ", "reason")]
)
def test_nobody_and_no_reason_are_refused_by_field(by: str, reason: str, field: str) -> None:
    with pytest.raises(InvalidInputError, match="is empty") as refused:
        Statement(by, reason)
    assert refused.value.field == field
    assert "--by" in refused.value.hint


def test_a_statement_is_one_line_each() -> None:
    assert Statement(" Ana  Ruiz ", "fewer\nfalse alarms") == Statement("Ana Ruiz", "fewer false alarms")


@pytest.mark.parametrize(
    ("gate", "told"), [("auc is 0.6, wanted at least 0.7", "auc is 0.6"), ("", "tells no verdict")]
)
def test_a_version_whose_gate_did_not_pass_is_refused_with_what_it_found(gate: str, told: str) -> None:
    with pytest.raises(PermanentError, match=told):
        refuse_unfit("fraud", Candidate("3", "fraud-3", b"", gate))
    refuse_unfit("fraud", Candidate("3", "fraud-3", b"", "passed"))


def test_the_champion_is_refused_as_its_own_successor() -> None:
    with pytest.raises(PermanentError, match="the champion already"):
        refuse_champion("fraud", "3", "3")
    refuse_champion("fraud", "3", "2")
    refuse_champion("fraud", "3", None)


def test_a_rollback_goes_to_the_champion_before_and_a_second_one_further_never_forth_again() -> None:
    history = [row(1, "1"), row(2, "2", previous="1"), row(3, "5", previous="2")]
    assert rollback_target("fraud", history, None) == "2"
    history.append(row(4, "2", "rolled_back", previous="5"))
    assert rollback_target("fraud", history, None) == "1"
    assert rollback_target("fraud", history, "5") == "5"


def test_what_was_champion_before_the_history_began_can_be_gone_back_to() -> None:
    history = [row(1, "4", previous="3")]
    assert rollback_target("fraud", history, None) == rollback_target("fraud", history, "3") == "3"


def test_what_never_took_effect_is_nothing_to_go_back_to() -> None:
    history = [row(1, "1"), row(2, "2", previous="1", in_effect_at=None), row(3, "3", previous="2")]
    assert rollback_target("fraud", history, None) == "1"
    with pytest.raises(NotFoundError, match="2 of fraud was never champion"):
        rollback_target("fraud", history, "2")


@pytest.mark.parametrize("history", [[], [row(1, "1", "first_champion", decided_by=None)]])
def test_without_a_champion_before_there_is_no_way_back(history: list[Promotion]) -> None:
    with pytest.raises(NotFoundError, match="no champion before the present one"):
        rollback_target("fraud", history, None)
    with pytest.raises(NotFoundError, match="9 of fraud was never champion") as refused:
        rollback_target("fraud", history, "9")
    assert "model approve fraud 9" in refused.value.hint


@given(st.lists(st.sampled_from(["approve", "back"]), max_size=30))
def test_rollbacks_undo_approvals_one_by_one(acts: list[str]) -> None:
    history, line = [row(1, "1", "first_champion", decided_by=None)], ["1"]
    for act in acts:
        if act == "approve":
            line.append(str(len(history) + 1))
            history.append(row(len(history) + 1, line[-1], previous=line[-2]))
        elif len(line) > 1:
            gone = line.pop()
            assert rollback_target("fraud", history, None) == line[-1]
            history.append(row(len(history) + 1, line[-1], "rolled_back", previous=gone))
        assert champions(history) == line


def test_a_promotion_tells_who_and_why_and_a_policy_is_no_person() -> None:
    assert row(2, "2", previous="1").told() == (
        "approved by Ana Ruiz (head of fraud risk) at 2026-11-29T14:00:00Z, instead of 1: better"
    )
    assert "first champion by the declared policy" in row(1, "1", "first_champion", decided_by=None).told()
