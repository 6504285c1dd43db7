"""What a backtest counts: movements decided twice, judged by what is known today."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cli.backtest.comparison import compare, controlled
from cli.backtest.movements import FEATURES, Decision, Movement, Truth, packed

ALLOW = Decision("allow", 0.1, ())
REVIEW = Decision("review", 0.9, ("CA-LARGE-001",))
ALERT = Decision("allow", 0.1, ("CA-STRUCT-001",))

DECISIONS = st.builds(
    Decision,
    outcome=st.sampled_from(["allow", "review", "decline"]),
    score=st.none() | st.floats(0, 1),
    rules=st.sets(st.sampled_from(["CA-LARGE-001", "CA-STRUCT-001", "MX-VELOC-001"])).map(
        lambda ids: tuple(sorted(ids))
    ),
    versions=st.sampled_from([("1", "a"), ("2", "a")]),
    features=st.sampled_from([packed({}), packed({FEATURES[0]: 1.0})]),
    asked=st.booleans(),
)
MOVEMENTS = st.lists(
    st.builds(
        Movement,
        key=st.tuples(st.text(max_size=3), st.just("debit"), st.integers(1, 3)),
        kind=st.just("card_payment"),
        amount=st.integers(0, 10**9),
        truth=st.sampled_from(["fraud", "laundering", "legitimate", "open"]),
        decided=DECISIONS,
        tried=DECISIONS,
        account=st.just("account-1"),
        after_question=st.booleans(),
    ),
    max_size=40,
)


def movement(truth: Truth, decided: Decision, tried: Decision, amount: int = 1000) -> Movement:
    return Movement(("t1", "debit", 1), "card_payment", amount, truth, decided, tried, "account-1")


def test_a_fraud_that_only_the_candidate_stops_is_missed_as_decided_and_caught_when_tried() -> None:
    result = compare([movement("fraud", ALLOW, REVIEW)])
    assert (result.decided.missed, result.decided.missed_usd_minor) == (1, 1000)
    assert (result.tried.caught, result.tried.caught_usd_minor) == (1, 1000)
    assert (result.newly_stopped.confirmed, result.newly_allowed.movements) == (1, 0)


def test_stopping_a_legitimate_movement_is_a_false_alarm_and_its_money_wrongly_stopped() -> None:
    result = compare([movement("legitimate", REVIEW, ALLOW)])
    assert (result.decided.false_alarms, result.decided.wrongly_usd_minor) == (1, 1000)
    assert result.tried.false_alarms == 0
    assert result.newly_allowed.legitimate == 1


def test_a_movement_without_a_ripe_label_is_neither_right_nor_wrong() -> None:
    tried = compare([movement("open", ALLOW, REVIEW)]).tried
    assert (tried.noticed, tried.open) == (1, 1)
    assert tried.caught == tried.missed == tried.false_alarms == 0


def test_an_alert_catches_laundering_but_not_fraud() -> None:
    result = compare([movement("laundering", ALLOW, ALERT), movement("fraud", ALLOW, ALERT)])
    assert (result.tried.caught, result.tried.missed) == (1, 1)


def test_a_rule_is_counted_where_it_holds_and_has_a_line_when_it_never_does() -> None:
    rules = compare([movement("fraud", ALLOW, REVIEW)], ["CA-NEVER-001"]).rules
    assert (rules["CA-LARGE-001"].decided.noticed, rules["CA-LARGE-001"].tried.caught) == (0, 1)
    assert (rules["CA-NEVER-001"].tried.noticed, rules["CA-NEVER-001"].tried.missed) == (0, 1)


@given(MOVEMENTS)
def test_every_confirmed_movement_is_caught_or_missed_by_the_whole_and_by_each_rule(rows: list[Movement]) -> None:
    result = compare(rows)
    confirmed = sum(row.confirmed for row in rows)
    money = sum(row.amount for row in rows if row.confirmed)
    tallies = [result.decided, result.tried, *(rule.tried for rule in result.rules.values())]
    for tally in tallies:
        assert tally.caught + tally.missed == confirmed
        assert tally.caught_usd_minor + tally.missed_usd_minor == money
        assert tally.noticed == tally.caught + tally.false_alarms + tally.open


@given(MOVEMENTS)
def test_what_is_newly_stopped_and_newly_allowed_makes_up_the_difference_of_all_stops(rows: list[Movement]) -> None:
    result = compare(rows)
    before, after = sum(row.decided.stopped for row in rows), sum(row.tried.stopped for row in rows)
    assert after - before == result.newly_stopped.movements - result.newly_allowed.movements


@given(MOVEMENTS)
def test_a_candidate_that_decides_alike_changes_nothing(rows: list[Movement]) -> None:
    alike = [replace(row, tried=row.decided) for row in rows]
    result = compare(alike)
    assert result.decided == result.tried
    assert result.newly_stopped.movements == result.newly_allowed.movements == 0
    control = controlled(alike)
    assert control.equal == control.comparable == sum(not (row.decided.asked or row.after_question) for row in rows)


@given(MOVEMENTS)
def test_the_control_counts_every_movement_once(rows: list[Movement]) -> None:
    control = controlled(rows)
    assert control.comparable + control.asked + control.after_question + control.other_versions == len(rows)


def test_the_control_tells_which_part_of_a_decision_differs_and_which_features() -> None:
    told = Decision("allow", 0.1, (), ("1",), packed({FEATURES[0]: 1.0, FEATURES[2]: None}))
    again = replace(told, score=0.2, features=packed({FEATURES[0]: 2.0, FEATURES[1]: 0.0}))
    control = controlled([movement("open", told, again)])
    assert (control.equal, control.score_differs, control.features_differ, control.outcome_differs) == (0, 1, 1, 0)
    assert control.differing_features == {FEATURES[0]: 1, FEATURES[1]: 1}


def test_a_movement_after_a_question_that_was_not_committed_is_set_apart() -> None:
    told = Decision("allow", 0.1, (), ("1",), packed({FEATURES[0]: 2.0}))
    asked_before = replace(movement("open", told, replace(told, features=packed({}))), after_question=True)
    control = controlled([asked_before])
    assert (control.after_question, control.comparable) == (1, 0)
