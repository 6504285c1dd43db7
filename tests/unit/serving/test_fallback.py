from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.decisions import load_policy
from contracts.events import validate_event
from contracts.features import Range, feature_names
from feature_repo.vectors import ACCOUNT, ActivityVector
from serving.decisions.fallback import _holds, decide_alone, fallback_reasons, transaction_features
from tests.unit.serving.movement import NOW, movement

POLICY = load_policy()
OCCURRED = datetime(2026, 11, 22, 14, 5, 9, 120000, tzinfo=UTC)
SMALL = {"amount_minor": 1000}


class Scored:
    """A champion that always says the same."""

    version = "fraud-test"

    def __init__(self, score: float) -> None:
        self.score = score
        self.seen: dict[str, float | None] = {}

    def probability(self, features: dict[str, float | None]) -> float:
        self.seen = features
        return self.score

    def number(self, name: str) -> float:
        return {"review_threshold": 0.3, "decline_threshold": 0.8}[name]


def stored(age: timedelta = timedelta(hours=1)) -> dict[str, ActivityVector]:
    return {ACCOUNT: ActivityVector("acc-000123", OCCURRED - age, {"account__count_transactions_1h": 4.0})}


def at_terminal(age: timedelta) -> dict[str, ActivityVector]:
    features: dict[str, float | None] = {"terminal__count_transactions_24h": 9.0, "terminal__fraud_share_7d": 0.5}
    return {**stored(), "terminal_activity": ActivityVector("till", OCCURRED - age, features)}


@pytest.mark.parametrize(("score", "outcome"), [(0.1, "allow"), (0.3, "review"), (0.79, "review"), (0.8, "decline")])
def test_the_champions_own_thresholds_decide(score: float, outcome: str) -> None:
    told = decide_alone(movement(**SMALL), stored(), Scored(score), POLICY, NOW)  # type: ignore[arg-type]
    assert (told["outcome"], told["score"], told["mode"]) == (outcome, score, "fallback")


def test_an_account_never_seen_is_reviewed() -> None:
    told = decide_alone(movement(**SMALL), {}, Scored(0.0), POLICY, NOW)  # type: ignore[arg-type]
    assert told["outcome"] == POLICY.fallback.without_vector == "review"
    assert told["feature_age_seconds"] is None


@given(st.timedeltas(timedelta(0), timedelta(days=60)))
def test_activity_older_than_the_policy_allows_is_not_relied_on(age: timedelta) -> None:
    told = decide_alone(movement(**SMALL), stored(age), Scored(0.0), POLICY, NOW)  # type: ignore[arg-type]
    expected = POLICY.fallback.stale_vector if age > POLICY.fallback.maximum_vector_age else "allow"
    assert told["outcome"] == expected
    assert told["feature_age_seconds"] == pytest.approx(age.total_seconds())


def test_a_large_amount_is_not_allowed_alone() -> None:
    limit = POLICY.fallback.maximum_allow_usd_minor
    at_limit = movement(amount_minor=limit, currency="USD")
    above = movement(amount_minor=limit + 1, currency="USD")
    assert fallback_reasons(at_limit, stored(), POLICY) == []
    assert fallback_reasons(above, stored(), POLICY) == ["large_amount"]
    assert decide_alone(above, stored(), None, POLICY, NOW)["outcome"] == "review"


def test_without_a_champion_there_is_no_score() -> None:
    told = decide_alone(movement(**SMALL), stored(), None, POLICY, NOW)
    assert (told["score"], told["model_version"], told["outcome"]) == (None, None, "allow")


def test_a_declining_score_wins_over_everything_else() -> None:
    assert decide_alone(movement(), {}, Scored(0.9), POLICY, NOW)["outcome"] == "decline"  # type: ignore[arg-type]


def test_the_model_reads_the_stored_activity_and_the_movement_itself() -> None:
    champion = Scored(0.1)
    told = decide_alone(movement(kind="card_payment", channel="card_not_present"), stored(), champion, POLICY, NOW)  # type: ignore[arg-type]
    assert set(champion.seen) == set(told["features"]) == set(feature_names())
    assert champion.seen["account__count_transactions_1h"] == 4.0
    assert champion.seen["transaction__is_card_not_present"] == 1.0
    assert champion.seen["account__count_transactions_24h"] is None


def test_the_model_reads_what_is_stored_of_the_other_keys_too() -> None:
    told = decide_alone(movement(terminal_id="till"), at_terminal(timedelta(minutes=5)), None, POLICY, NOW)
    assert told["features"]["terminal__count_transactions_24h"] == 9.0
    assert told["features"]["terminal__fraud_share_7d"] == 0.5
    assert told["feature_age_seconds"] == 3600
    assert (told["terminal_id"], told["device_id"], told["counterparty_id"]) == ("till", "device-000009", "acc-000456")


@pytest.mark.parametrize(
    ("age", "count", "share"),
    [
        (timedelta(hours=24), 9.0, 0.5),
        (timedelta(hours=24, seconds=1), None, 0.5),
        (timedelta(days=14), None, 0.5),
        (timedelta(days=14, seconds=1), None, None),
    ],
)
def test_of_a_terminal_that_stood_still_only_longer_windows_are_relied_on(
    age: timedelta, count: float | None, share: float | None
) -> None:
    told = decide_alone(movement(terminal_id="till", **SMALL), at_terminal(age), None, POLICY, NOW)
    assert told["features"]["terminal__count_transactions_24h"] == count
    assert told["features"]["terminal__fraud_share_7d"] == share
    assert told["outcome"] == "allow"


@pytest.mark.parametrize(("stored_seconds", "told_seconds"), [(864_000.0, 2_592_000.0), (0.0, 0.0), (None, None)])
def test_a_streak_has_lasted_longer_by_as_much_as_its_terminal_stood_still(
    stored_seconds: float | None, told_seconds: float | None
) -> None:
    """Ten days then are thirty after twenty more, and by thirty a terminal that was taken over has been given back."""
    features = {"terminal__fraud_streak_30d": 3.0, "terminal__fraud_streak_seconds_30d": stored_seconds}
    vectors = {**stored(), "terminal_activity": ActivityVector("till", OCCURRED - timedelta(days=20), features)}
    told = decide_alone(movement(terminal_id="till", **SMALL), vectors, None, POLICY, NOW)
    assert told["features"]["terminal__fraud_streak_seconds_30d"] == told_seconds
    assert told["features"]["terminal__fraud_streak_30d"] == 3.0


def test_without_the_accounts_own_vector_those_of_other_keys_do_not_allow() -> None:
    others = {name: one for name, one in at_terminal(timedelta(0)).items() if name != ACCOUNT}
    assert fallback_reasons(movement(**SMALL), others, POLICY) == ["without_vector"]


def test_features_of_the_movement_are_those_of_the_declaration() -> None:
    found = transaction_features(movement(kind="cash_in", channel="branch", amount_minor=10000))
    assert found == {
        "transaction__amount_usd_minor": 7300.0,
        "transaction__hour_of_day": 14.0,
        "transaction__day_of_week": 6.0,
        "transaction__is_card_payment": 0.0,
        "transaction__is_card_not_present": 0.0,
        "transaction__is_cash": 1.0,
        "transaction__is_remittance": 0.0,
    }


def test_what_is_decided_alone_is_a_valid_event() -> None:
    told = decide_alone(movement(), stored(), Scored(0.1), POLICY, NOW)  # type: ignore[arg-type]
    validate_event(
        {
            "specversion": "1.0",
            "id": "1",
            "source": "/serving",
            "type": "transaction.scored.v1",
            "subject": "tx",
            "time": "2026-11-22T14:06:00.000000Z",
            "data": told,
        }
    )


def test_one_instant_gives_the_same_features_whatever_offset_it_is_written_with() -> None:
    local = transaction_features(movement(occurred_at="2026-11-20T23:30:00-05:00"))
    assert (local["transaction__hour_of_day"], local["transaction__day_of_week"]) == (4.0, 5.0)
    assert local == transaction_features(movement(occurred_at="2026-11-21T04:30:00Z"))


@pytest.mark.parametrize("wanted", [Range(min=1), Range(max=5), Range(min=1, max=5)])
def test_a_value_that_is_not_there_lies_in_no_range(wanted: Range) -> None:
    assert _holds(None, wanted) is False
    assert _holds(3, wanted) is True
    assert _holds(6, wanted) == (wanted.max is None)


def test_a_multiple_is_one_within_its_range() -> None:
    hundreds = Range(min=50_000, multiple_of=50_000)
    values = (50_000, 100_000, 50_001, 0, None)
    assert [value for value in values if _holds(value, hundreds)] == [50_000, 100_000]
