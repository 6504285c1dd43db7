from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import InvalidInputError, TransientError
from contracts.models.files import challenger_file, champion_file, served_file
from contracts.settings import Settings
from ml.champions import ChampionWatch
from ml.fraud.run import train_fraud
from ml.governance.gate import Gate, at_least, at_most
from ml.governance.publication import publish, publish_challenger, withdraw_challenger
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


def files(settings: Settings) -> set[str]:
    folder = settings.models_directory / "fraud"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.onnx*")}


def test_publication_leaves_nothing_but_the_champion_and_its_version(
    settings: Settings, contents: tuple[bytes, bytes]
) -> None:
    path = publish(contents[0], settings, "fraud")
    version = ChampionWatch(settings, "fraud").require().version
    assert path.read_bytes() == served_file(settings, "fraud", version).read_bytes() == contents[0]
    assert files(settings) == {"champion.onnx", f"served/{version}.onnx"}


def test_what_is_no_model_is_not_published(settings: Settings, contents: tuple[bytes, bytes]) -> None:
    publish(contents[0], settings, "fraud")
    before = files(settings)
    with pytest.raises(Exception, match=r"(?i)protobuf"):
        publish(b"no model", settings, "fraud")
    assert files(settings) == before
    assert ChampionWatch(settings, "fraud").require().content == contents[0]


def test_a_model_that_was_champion_is_found_by_its_version(settings: Settings, contents: tuple[bytes, bytes]) -> None:
    watch = ChampionWatch(settings, "fraud")
    publish(contents[0], settings, "fraud")
    first = watch.require().version
    publish(contents[1], settings, "fraud")
    found = watch.find(first)
    assert found is not None
    assert found.content == contents[0]
    assert watch.find(first) is found
    assert watch.find(watch.require().version) is watch.require()
    assert watch.find("fraud-000000000000") is None
    assert watch.find(None) is None


def test_a_version_is_no_path(settings: Settings) -> None:
    with pytest.raises(InvalidInputError, match="no version"):
        served_file(settings, "fraud", "../../champion")
    assert ChampionWatch(settings, "fraud").find("../champion") is None


def test_a_challenger_lies_beside_the_champion_until_it_is_withdrawn(
    settings: Settings, contents: tuple[bytes, bytes]
) -> None:
    publish(contents[0], settings, "fraud")
    publish_challenger(contents[1], settings, "fraud")
    assert challenger_file(settings, "fraud").read_bytes() == contents[1]
    assert ChampionWatch(settings, "fraud").require().content == contents[0]
    withdraw_challenger(settings, "fraud")
    withdraw_challenger(settings, "fraud")
    assert not challenger_file(settings, "fraud").exists()


def test_a_gate_says_which_condition_does_not_hold() -> None:
    gate = Gate((at_least("auc", 0.6, 0.7), at_most("parity_gap", 1e-8, 1e-6)))
    assert not gate.passed
    assert gate.failures() == ("auc is 0.6, wanted at least 0.7",)
