"""A replay reads and writes topics of its own, and the kernel is asked before anything is sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contracts.rules import compile_active
from contracts.settings import Settings
from contracts.topics import load_topics
from streaming.replay import Replay
from streaming.trial import refusal


@pytest.fixture
def replay(tmp_path: Path) -> Replay:
    prepared = Replay("backtest-1", str(tmp_path))
    prepared.rules_file.write_text(compile_active(), encoding="utf-8")
    return prepared


def test_a_replay_names_no_topic_of_the_platform_and_no_file_of_the_live_job(replay: Replay) -> None:
    settings = Settings()
    document = json.loads(replay.configuration(settings))
    used = {*document["contract"]["topics"], *document["labels"]["topics"]}
    used |= {document[name] for name in ("scores", "alerts", "replies", "quarantine")}
    assert used.isdisjoint({topic.name for topic in load_topics()})
    assert len(used) == 6
    for name in ("rules_file", "model_file", "shadow_model_file"):
        assert Path(document[name]).parent == Path(replay.folder)


def test_the_kernel_takes_the_declared_rules_and_refuses_one_that_does_not_compile_by_its_name(replay: Replay) -> None:
    settings = Settings()
    assert refusal(settings, replay.configuration(settings)) == ""
    rules = json.loads(compile_active())
    rules["packs"]["CA"]["rules"][0]["when"] = "tx.leg =="
    replay.rules_file.write_text(json.dumps(rules), encoding="utf-8")
    assert rules["packs"]["CA"]["rules"][0]["id"] in refusal(settings, replay.configuration(settings))
