"""What the kernel logged with a decision explains the score that it told: training, job and explanation are one computation."""

from __future__ import annotations

import math

from contracts.models.files import champion_file
from contracts.rules.active import declared_rules
from ml.champions import Champion
from serving.decisions.explain import explain
from tests.small_champion import small_champion
from tests.unit.streaming.kernel_process import KernelProcess, decision, event, later, movement
from tests.unit.streaming.test_kernel_watching import decide_until, publish


def test_logged_features_add_up_to_the_score_that_the_job_told(kernel: KernelProcess) -> None:
    publish(champion_file(kernel.settings, "fraud"), small_champion())
    decide_until(kernel, lambda told: told["model_version"] == "small")
    kernel.forget()
    champion, scores = Champion(small_champion()), set()
    for number in range(120):
        data = movement(
            number,
            later(minutes=7 * number),
            account_id=f"a{number % 5}",
            device_id=f"d{number % 7}",
            kind="card_payment" if number % 3 else "transfer",
            amount_usd_minor=700 + 1_900 * (number % 23),
        )
        told = decision(kernel.take(event(data)))
        answer = explain({**told, "origin": "live"}, "en", champion, declared_rules(), ["contributions"])
        assert answer.explanation is not None
        log_odds = answer.explanation.base_log_odds + sum(one.log_odds for one in answer.explanation.contributions)
        assert abs(1 / (1 + math.exp(-log_odds)) - told["score"]) < 1e-6
        scores.add(told["score"])
    assert len(scores) > 20
