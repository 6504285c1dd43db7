from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import TransientError
from contracts.settings import Settings
from ml.champions import ChampionWatch, champion_file
from ml.fraud.run import train_fraud
from ml.governance.gate import Gate, at_least, at_most
from ml.governance.publication import publish
from tests.unit.ml.movements import decisions, labels


@pytest.fixture(scope="module")
def contents() -> tuple[bytes, bytes]:
    frame, other = decisions(count=3000), decisions(count=3000, seed=4)
    return train_fraud(frame, labels(frame)).content, train_fraud(other, labels(other)).content


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path)


def test_before_the_first_promotion_there_is_no_champion(settings: Settings) -> None:
    watch = ChampionWatch(settings, "fraud")
    assert watch.current() is None
    with pytest.raises(TransientError, match="No champion of fraud"):
        watch.require()


def test_a_new_champion_is_taken_up_without_a_restart(settings: Settings, contents: tuple[bytes, bytes]) -> None:
    watch = ChampionWatch(settings, "fraud")
    versions = []
    for content in contents:
        publish(content, settings, "fraud")
        versions.append(watch.require().version)
    assert len(set(versions)) == 2
    assert watch.current() is watch.current()


def test_a_broken_file_leaves_the_champion_that_was(settings: Settings, contents: tuple[bytes, bytes]) -> None:
    watch = ChampionWatch(settings, "fraud")
    publish(contents[0], settings, "fraud")
    before = watch.require()
    champion_file(settings, "fraud").write_bytes(b"no model")
    assert watch.current() is before


def test_publication_leaves_nothing_but_the_champion(settings: Settings, contents: tuple[bytes, bytes]) -> None:
    path = publish(contents[0], settings, "fraud")
    assert path.read_bytes() == contents[0]
    assert [entry.name for entry in path.parent.iterdir()] == ["champion.onnx"]


def test_a_gate_says_which_condition_does_not_hold() -> None:
    gate = Gate((at_least("auc", 0.6, 0.7), at_most("parity_gap", 1e-8, 1e-6)))
    assert not gate.passed
    assert gate.failures() == ("auc is 0.6, wanted at least 0.7",)
