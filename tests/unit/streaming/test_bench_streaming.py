"""The stream's benchmark stands on events that the contract takes, a comparison that can fail, and honest arithmetic."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest

from contracts.benchmarks import Figure
from contracts.events import validate_event
from contracts.models.files import champion_file
from streaming.reference import micros
from tests.bench.streaming_charts import curves
from tests.bench.streaming_events import Traffic, labels, messages
from tests.bench.streaming_model import publish
from tests.bench.streaming_parity import compare, written_in_order
from tests.bench.streaming_rounds import Look, Round, processor_between
from tests.unit.streaming.kernel_process import HISTORY, LABELS, KernelProcess

HARD = Traffic(400, 12, days=20, hot_share=0.25, late_share=0.15, late_hours=8, tie_share=0.25, null_share=0.1)


@pytest.fixture(scope="module")
def told(kernel_jvm: KernelProcess) -> Iterator[tuple[list[bytes], bytes]]:
    """What the kernel decides on the hard stream, and the model that it asks."""
    kernel_jvm.forget()
    model = publish(kernel_jvm.settings)
    kernel_jvm.configure()
    written = written_in_order(messages(HARD), labels(HARD))
    topics = [(event, LABELS if event["type"] == "label.recorded.v1" else HISTORY) for event in written]
    answers = [answer for event, topic in topics for answer in kernel_jvm.take(event, topic)]
    decided = [answer["value"] for answer in answers if answer["topic"] == "transaction.scores"]
    yield [json.dumps(decision).encode() for decision in decided], model
    kernel_jvm.settings.rules_file.unlink()
    champion_file(kernel_jvm.settings, "fraud").unlink()
    kernel_jvm.configure()


def test_events_keep_the_contract_and_are_the_same_for_a_seed() -> None:
    first, again, other = (list(messages(Traffic(300, 40, seed=seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    for key, value in first:
        event = json.loads(value)
        validate_event(event)
        assert event["data"]["account_id"].encode() == key
    for _, value in labels(Traffic(2000, 40)):
        validate_event(json.loads(value))


def test_events_and_labels_are_written_one_after_the_other_and_their_ids_say_so() -> None:
    written = list(written_in_order(messages(HARD), labels(HARD)))
    instants = [event["time"] for event in written]
    assert instants == sorted(set(instants))
    assert {event["type"] for event in written} == {"transaction.processed.v1", "label.recorded.v1"}
    for event in written:
        told = uuid.UUID(event["id"])
        millis, fraction = told.int >> 80, told.int >> 64 & 0xFFF
        assert told.version == 7
        assert millis * 1000 + (fraction * 1000 >> 12) == micros(event["time"])


def test_the_kernel_says_of_hard_events_what_the_reference_says(told: tuple[list[bytes], bytes]) -> None:
    found = compare(messages(HARD), labels(HARD), *told)
    assert (found["rows"], found["mismatches"]) == (400, 0)
    assert min(found["share_late"], found["share_tied"], found["share_null"]) >= 5
    assert found["share_hottest"] >= 20


@pytest.mark.parametrize("skew", ["features", "score", "sequence", "lost", "twice"])
def test_one_skewed_decision_is_one_mismatch(told: tuple[list[bytes], bytes], skew: str) -> None:
    decisions, model = list(told[0]), told[1]
    event = json.loads(decisions[7])
    if skew == "features":
        event["data"]["features"]["account__mean_debit_30d"] = 1.5
    elif skew == "score":
        event["data"]["score"] += 2e-6
    elif skew == "sequence":
        event["data"]["sequence"] += 1
    times = {"lost": 0, "twice": 2}.get(skew, 1)
    decisions[7:8] = [json.dumps(event).encode()] * times
    assert compare(messages(HARD), labels(HARD), decisions, model)["mismatches"] == 1


def test_processor_time_is_taken_between_the_two_moments_only() -> None:
    looks = [Look(10.0, 1.0, 0), Look(11.0, 2.0, 100), Look(13.0, 6.0, 500)]
    assert processor_between(looks, 10.5, 12.0) == pytest.approx(2.5)
    assert processor_between(looks, 9.0, 14.0) == pytest.approx(5.0)


def test_a_warm_cost_leaves_out_what_came_before() -> None:
    looks = (Look(0, 0.0, 0), Look(1, 9.0, 100), Look(2, 10.0, 200), Look(3, 11.0, 300))
    assert Round(300, 3, 11, looks).processor_micros(1 / 3) == pytest.approx(10_000)
    assert Round(300, 3, 11, looks).processor_micros(0.5, 2 / 3) == pytest.approx(10_000)


def test_work_before_the_first_output_is_a_start_and_after_the_last_one_none() -> None:
    looks = (Look(0, 0.0, 0), Look(1, 5.0, 0), Look(2, 6.0, 100), Look(3, 9.0, 100))
    assert Round(100, 3, 9, looks).processor_micros(0.0) == pytest.approx(10_000)


def test_curves_become_charts_and_other_figures_do_not() -> None:
    figures = {
        "ratio": Figure(0.2, "ratio"),
        "curve_rules_0": Figure(9, "µs/event"),
        "curve_rules_15": Figure(21, "µs"),
    }
    drawn = curves(figures)
    assert list(drawn) == ["streaming_rules.svg"]
    assert drawn["streaming_rules.svg"] == curves(figures)["streaming_rules.svg"]
    assert "µs" in drawn["streaming_rules.svg"]
