"""What a job is told: the declared topics and files, or others for a job beside the one of production."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.errors import ConfigurationError
from contracts.features import load_feature_views
from contracts.settings import Settings
from streaming.configuration import job_configuration
from streaming.topics import DECLARED, ORIGINS, JobTopics

SETTINGS = Settings(state=Path("/nowhere"))


def test_without_more_a_job_has_the_declared_topics_and_the_states_files() -> None:
    told = json.loads(job_configuration(SETTINGS))
    assert set(told["contract"]["topics"]) == set(ORIGINS)
    assert (told["scores"], told["alerts"]) == ("transaction.scores", "aml.alerts")
    assert told["rules_file"] == str(SETTINGS.rules_file)
    assert told["model_file"] == "/nowhere/models/fraud/champion.onnx"
    assert told["shadow_model_file"] == "/nowhere/models/fraud/challenger.onnx"


def test_a_job_beside_has_topics_and_files_of_its_own_under_the_same_contract() -> None:
    topics = JobTopics(
        {"transaction.history": "trial.history"}, "trial.scores", "trial.alerts", quarantine="trial.refused"
    )
    rules, model = Path("/trial/rules.json"), Path("/trial/model.onnx")
    told = json.loads(job_configuration(SETTINGS, topics=topics, rules_file=rules, model_file=model))
    declared = json.loads(job_configuration(SETTINGS))
    assert told["contract"]["topics"] == {"trial.history": declared["contract"]["topics"]["transaction.history"]}
    assert told["contract"]["fields"] == declared["contract"]["fields"]
    assert (told["scores"], told["alerts"], told["quarantine"]) == ("trial.scores", "trial.alerts", "trial.refused")
    assert told["replies"] == DECLARED.replies
    assert (told["rules_file"], told["model_file"]) == (str(rules), str(model))


@pytest.mark.parametrize(
    ("view", "changed", "said"),
    [
        ("account_activity", {"aggregate": "sum", "of": "amount_usd_minir"}, "of 'amount_usd_minir'"),
        (
            "account_activity",
            {"aggregate": "sum", "of": "account__seconds_since_last"},
            "of 'account__seconds_since_last'",
        ),
        ("account_activity", {"aggregate": "count", "filter": {"lag": ["debit"]}}, "of 'lag'"),
        (
            "terminal_activity",
            {"aggregate": "fraud_streak_mean", "of": "account__ratio_30d"},
            "of 'account__ratio_30d'",
        ),
        (
            "terminal_activity",
            {"aggregate": "fraud_streak_mean", "of": "transaction__hour_of_day"},
            "of 'transaction__",
        ),
        ("terminal_activity", {"aggregate": "fraud_streak_mean", "of": "account__first_seen_device"}, "of 'account__"),
        ("terminal_activity", {"aggregate": "fraud_streak_mean", "of": "amount_usd_minor"}, "of 'amount_usd_minor'"),
        ("terminal_activity", {"aggregate": "fraud_streak_mean"}, "of None"),
        ("terminal_activity", {"aggregate": "sum", "of": "account__ratio_amount_to_mean_30d"}, "of 'account__ratio"),
    ],
)
def test_a_feature_of_what_neither_events_nor_accounts_have_is_refused_by_name(
    view: str, changed: dict[str, object], said: str
) -> None:
    """The kernel would count zeros or hundredths of whole numbers, or fail at the first movement."""
    views = [one.as_kernel_json() for one in load_feature_views()]
    wrong = {"name": "some__feature", "window_ms": 7_200_000, "resolution_ms": 3_600_000, **changed}
    (chosen,) = [one for one in views if one["view"] == view]
    chosen["features"].append(wrong)
    with pytest.raises(ConfigurationError, match=f"'some__feature' is {said}"):
        job_configuration(SETTINGS, views)
