"""One decision for each movement, at its first sighting; who asks is answered; patterns alarm once."""

from __future__ import annotations

import json

import pytest

from contracts.events import validate_event
from contracts.features import feature_names
from tests.unit.streaming.kernel_process import (
    HISTORY,
    REQUESTS,
    Json,
    KernelProcess,
    decision,
    event,
    later,
    movement,
    told,
)


def asked(data: Json, partition: int = 3, **envelope: object) -> Json:
    return event({**data, "status": "attempted"}, replyto=partition, **envelope)


def test_a_decision_is_a_valid_event_with_every_declared_feature(kernel: KernelProcess) -> None:
    answers = kernel.take(event(movement()))
    (message,) = answers
    validate_event(message["value"])
    assert message["key"] == "t1"
    assert sorted(decision(answers)["features"]) == sorted(feature_names())
    assert decision(answers)["sequence"] == 1
    assert decision(answers)["score"] is None


def test_the_second_sighting_of_a_movement_decides_nothing(kernel: KernelProcess) -> None:
    kernel.take(event(movement(status="attempted")))
    assert kernel.take(event(movement(status="completed"))) == []
    assert decision(kernel.take(event(movement(2))))["features"]["account__count_transactions_1h"] == 2


def test_what_is_reversed_is_taken_back_once(kernel: KernelProcess) -> None:
    kernel.take(event(movement()))
    for _ in range(2):
        assert kernel.take(event(movement(status="reversed"))) == []
    kernel.save_and_restore()
    told_now = decision(kernel.take(event(movement(2))))["features"]
    assert (told_now["account__count_transactions_1h"], told_now["account__sum_debit_1h"]) == (1, 1000)


def test_a_failure_counts_as_activity_and_as_a_failure(kernel: KernelProcess) -> None:
    kernel.take(event(movement(status="attempted")))
    kernel.take(event(movement(status="failed")))
    kernel.take(event(movement(2, status="failed")))
    told_now = decision(kernel.take(event(movement(3))))["features"]
    assert (told_now["account__count_transactions_1h"], told_now["account__count_failures_1h"]) == (3, 2)


def test_an_account_that_is_told_of_many_movements_of_long_ago_decides_on_each(kernel: KernelProcess) -> None:
    kernel.take(event(movement("now")))
    for number in range(40):
        answers = kernel.take(event(movement(number, at=later(days=-30, seconds=number))))
        assert decision(answers)["sequence"] == number + 2


def test_another_leg_or_attempt_is_another_movement(kernel: KernelProcess) -> None:
    for data in (movement(), movement(attempt=2), movement(leg="credit")):
        assert decision(kernel.take(event(data)))


def test_a_request_is_answered_on_its_partition_with_its_own_id(kernel: KernelProcess) -> None:
    answers = kernel.take(asked(movement(), id="request-7"), REQUESTS)
    reply = next(message for message in answers if message["topic"] == "scoring.replies")
    assert (reply["partition"], reply["value"]["id"]) == (3, "request-7")
    assert reply["value"]["data"] == decision(answers)
    assert decision(answers)["origin"] == "request"


def test_a_repeated_question_is_told_to_look_its_answer_up(kernel: KernelProcess) -> None:
    kernel.take(asked(movement()), REQUESTS)
    kernel.save_and_restore()
    (again,) = kernel.take(asked(movement(), id="second"), REQUESTS)
    assert again["value"]["data"] == {"transaction_id": "t1", "leg": "debit", "attempt": 1, "duplicate": True}
    assert again["value"]["id"] == "second"


def test_a_question_about_a_committed_movement_is_told_to_look_it_up(kernel: KernelProcess) -> None:
    kernel.take(event(movement()))
    (reply,) = kernel.take(asked(movement()), REQUESTS)
    assert reply["value"]["data"] == {"transaction_id": "t1", "leg": "debit", "attempt": 1, "duplicate": True}


def test_the_commit_of_an_asked_movement_counts_once(kernel: KernelProcess) -> None:
    kernel.take(asked(movement()), REQUESTS)
    assert kernel.take(event(movement())) == []


@pytest.mark.parametrize(
    "change", [{"amount_minor": 900_000, "amount_usd_minor": 656_934}, {"counterparty_id": "m2"}, {"currency": "USD"}]
)
def test_a_commit_that_differs_from_what_was_asked_is_a_new_attempt(kernel: KernelProcess, change: Json) -> None:
    kernel.take(asked(movement()), REQUESTS)
    told_now = decision(kernel.take(event(movement(**change))))
    assert (told_now["attempt"], told_now["sequence"]) == (2, 2)
    assert kernel.take(event(movement(**change))) == []
    assert kernel.take(event(movement())) == []


def test_a_party_named_only_at_the_commit_is_no_difference(kernel: KernelProcess) -> None:
    kernel.take(asked(movement(counterparty_id=None)), REQUESTS)
    assert kernel.take(event(movement())) == []


def test_a_movement_from_the_future_is_refused_and_blinds_nothing(kernel: KernelProcess) -> None:
    kernel.take(event(movement(1)))
    (refused,) = kernel.take(event(movement(2, later(minutes=11)), time=movement()["occurred_at"]))
    assert refused["value"]["data"]["field"] == "data.occurred_at"
    at_the_limit = kernel.take(event(movement(3, later(minutes=10)), time=movement()["occurred_at"]))
    assert decision(at_the_limit)["features"]["account__count_transactions_1h"] == 2


def structuring(kernel: KernelProcess, topic: str) -> list[Json]:
    messages = []
    for number in range(5):
        data = movement(number, later(minutes=number), leg="credit", kind="cash_in", amount_usd_minor=400_000)
        messages += kernel.take(event(data), topic)
    return messages


def test_a_pattern_raises_one_alert_in_its_window(kernel: KernelProcess) -> None:
    messages = structuring(kernel, "transaction.events")
    (alert,) = [message for message in messages if message["topic"] == "aml.alerts"]
    validate_event(alert["value"])
    assert alert["key"] == "c1"
    assert alert["value"]["data"]["transaction_id"] == "t2"
    assert alert["value"]["data"]["members"] == [{"transaction_id": f"t{one}", "leg": "credit"} for one in range(3)]
    assert alert["value"]["data"]["alert_id"] == "CA-STRUCT-001:c1:1793577600"
    assert told(messages, "transaction.scores")[-1]["rules"] == ["CA-STRUCT-001"]


def test_history_decides_and_never_alarms(kernel: KernelProcess) -> None:
    messages = structuring(kernel, HISTORY)
    assert told(messages, "aml.alerts") == []
    assert told(messages, "transaction.scores")[-1]["rules"] == ["CA-STRUCT-001"]
    assert told(messages, "transaction.scores")[-1]["origin"] == "history"


def test_a_jurisdiction_without_a_pack_is_decided_without_rules(kernel: KernelProcess) -> None:
    answer = decision(kernel.take(event(movement(jurisdiction="BR", amount_usd_minor=10**9))))
    assert (answer["outcome"], answer["pack_version"], answer["rules"]) == ("allow", "none", [])


def test_only_the_last_devices_up_to_the_cap_are_remembered(kernel: KernelProcess) -> None:
    first_seen = [{"name": "n__first", "aggregate": "first_seen", "of": "device_id", "cap": 2}]
    kernel.configure(first_seen)
    seen = []
    for number, device in enumerate(["d1", "d2", "d1", "d3", "d1", "d2"]):
        answers = kernel.take(event(movement(number, device_id=device)))
        seen.append(decision(answers)["features"]["n__first"])
    assert seen == [1, 1, 0, 1, 0, 1]


def test_a_new_declaration_starts_empty_and_the_others_go_on(kernel: KernelProcess) -> None:
    count = {"name": "n__count", "aggregate": "count", "window_ms": 3_600_000, "resolution_ms": 1000}
    total = {
        "name": "n__sum",
        "aggregate": "sum",
        "of": "amount_usd_minor",
        "window_ms": 3_600_000,
        "resolution_ms": 1000,
    }
    kernel.configure([count])
    kernel.take(event(movement(1)))
    kernel.save_and_restore()
    kernel.configure([total, count])
    answer = decision(kernel.take(event(movement(2))))
    assert answer["features"] == {"n__sum": 1000, "n__count": 2}
    assert answer["sequence"] == 2


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("no json", ""),
        ("[1]", ""),
        (event(movement(currency="XXX")), "data.currency"),
        (event(movement(occurred_at="2026-02-30T00:00:00Z")), "data.occurred_at"),
        (event({**movement(), "surprise": 1}), "data.surprise"),
        ({**event(movement()), "type": "transaction.failed.v1"}, "data.status"),
        ({**event(movement()), "type": "label.recorded.v1"}, "type"),
        (event(movement(), replyto=99), "replyto"),
    ],
)
def test_a_broken_message_goes_to_quarantine_whole(kernel: KernelProcess, message: Json | str, field: str) -> None:
    (quarantined,) = kernel.take(message)
    validate_event(quarantined["value"])
    data = quarantined["value"]["data"]
    assert quarantined["topic"] == "quarantine.events"
    assert data["field"] == field
    assert data["payload"] == (message if isinstance(message, str) else json.dumps(message))
    assert decision(kernel.take(event(movement())))["sequence"] == 1
