"""A challenger is scored in the champion's shadow: its score is told beside the decision, and changes nothing of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from contracts.events import validate_event
from contracts.models.files import challenger_file, champion_file
from tests.unit.streaming.kernel_process import KernelProcess, event, movement
from tests.unit.streaming.test_kernel_watching import champion, decide_until, publish

AMOUNT = ["transaction__amount_usd_minor"]
THRESHOLDS = {"review_threshold": 0.5, "decline_threshold": 0.9}


@pytest.fixture
def shadowed(kernel: KernelProcess) -> Iterator[KernelProcess]:
    """A champion that allows, and a challenger that would decline."""
    publish(champion_file(kernel.settings, "fraud"), champion("champion", AMOUNT, 0.0001, **THRESHOLDS))
    publish(challenger_file(kernel.settings, "fraud"), champion("challenger", AMOUNT, 0.0013, **THRESHOLDS))
    decide_until(kernel, lambda told: told["model_version"] == "champion" and "shadow_score" in told)
    yield kernel
    challenger_file(kernel.settings, "fraud").unlink(missing_ok=True)
    decide_until(kernel, lambda told: "shadow_score" not in told)


def test_both_scores_are_told_and_only_the_champions_counts(shadowed: KernelProcess) -> None:
    shadowed.forget()
    (message,) = shadowed.take(event(movement(amount_usd_minor=700)))
    validate_event(message["value"])
    told = message["value"]["data"]
    assert (told["model_version"], told["shadow_model_version"]) == ("champion", "challenger")
    assert told["score"] == float(np.float32(700) * np.float32(0.0001))
    assert told["shadow_score"] == float(np.float32(700) * np.float32(0.0013))
    assert told["outcome"] == "allow"


def test_a_decision_without_a_challenger_says_nothing_of_one(kernel: KernelProcess) -> None:
    publish(champion_file(kernel.settings, "fraud"), champion("alone", AMOUNT, 0.001, **THRESHOLDS))
    told = decide_until(kernel, lambda told: told["model_version"] == "alone")
    assert not [name for name in told if name.startswith("shadow")]


def test_a_withdrawn_challenger_is_forgotten_and_another_taken_up(shadowed: KernelProcess) -> None:
    file = challenger_file(shadowed.settings, "fraud")
    file.unlink()
    told = decide_until(shadowed, lambda told: "shadow_score" not in told)
    assert told["model_version"] == "champion"
    publish(file, champion("next", AMOUNT, 0.0005, **THRESHOLDS))
    told = decide_until(shadowed, lambda told: told.get("shadow_model_version") == "next")
    assert told["shadow_score"] == float(np.float32(700) * np.float32(0.0005))


def test_a_broken_challenger_leaves_the_one_before_it(shadowed: KernelProcess) -> None:
    publish(challenger_file(shadowed.settings, "fraud"), b"no model")
    told = decide_until(shadowed, lambda told: told.get("shadow_model_version") != "challenger", within=2.0)
    assert told["shadow_model_version"] == "challenger"
