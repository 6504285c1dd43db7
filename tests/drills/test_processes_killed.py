"""kill -9 of Flink's processes under load: scores resume in time, nothing is lost, and everybody is told the same."""

from __future__ import annotations

import time

import pytest

from tests.drills.conftest import Figures
from tests.drills.ledger import read_stored
from tests.drills.line import Line, Outage, under_load
from tests.drills.platform import Platform

pytestmark = [pytest.mark.drills, pytest.mark.timeout(1500)]

EVENTS_PER_SECOND, QUESTIONS_PER_SECOND = 500, 20
BEFORE_SECONDS = 20.0
ASKED_WITHIN_SECONDS = 1.0
# The bounds, from the kill to the first new score.
TASK_MANAGER_SECONDS, JOB_MANAGER_SECONDS = 20.0, 60.0


def test_after_a_kill_of_the_task_manager_scores_resume_and_nothing_is_lost(
    platform: Platform, figure: Figures
) -> None:
    outage = kill_under_load(platform, "flink_task", 40.0, figure)
    assert outage.seconds <= TASK_MANAGER_SECONDS


def test_after_a_kill_of_the_job_manager_the_job_goes_on_from_its_checkpoint(
    platform: Platform, figure: Figures
) -> None:
    outage = kill_under_load(platform, "flink", 80.0, figure)
    assert outage.seconds <= JOB_MANAGER_SECONDS


def kill_under_load(platform: Platform, part: str, after_seconds: float, figure: Figures) -> Outage:
    """Kill, let the load go on, see that all agree on every movement in the end, and that questions were answered."""
    platform.await_ready()
    with under_load(platform, BEFORE_SECONDS + after_seconds, EVENTS_PER_SECOND, QUESTIONS_PER_SECOND) as line:
        time.sleep(BEFORE_SECONDS)
        killed_at = platform.kill(part)
        platform.await_ready()
        line.settle()
        outage = line.outage(killed_at)
    tell(line, outage, figure)
    assert {answer.status for answer in line.questions.answers} == {200}
    silence = (outage.silent_from + 1, outage.resumed_at - 1)
    during = {answer.body["mode"] for answer in line.questions.answers if silence[0] < answer.asked_at < silence[1]}
    # A JobManager that is gone does not end its tasks: there may be hardly a silence at all.
    assert during == {"fallback"} or (not during and silence[1] - silence[0] < ASKED_WITHIN_SECONDS)
    return outage


def tell(line: Line, outage: Outage, figure: Figures) -> None:
    """Note what the drill measured."""
    stored = read_stored(line.platform.settings, line.run)
    modes = [decision["mode"] for decision in stored.decisions.values()]
    figure("seconds from the kill to the first new score", round(outage.seconds, 1))
    figure("seconds without a new score", round(outage.resumed_at - outage.silent_from, 1))
    figure("movements sent or asked for", len(stored.decisions))
    figure("questions answered", len(line.questions.answers))
    figure("slowest answer in ms", round(1000 * max(answer.seconds for answer in line.questions.answers)))
    figure("decided by fallback", modes.count("fallback"))
    figure("decisions told again and differing", sum(len(again) for again in stored.rescored.values()))
