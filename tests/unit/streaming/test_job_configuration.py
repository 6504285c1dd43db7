"""What a job is told: the declared topics and files, or others for a job beside the one of production."""

from __future__ import annotations

import json
from pathlib import Path

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
