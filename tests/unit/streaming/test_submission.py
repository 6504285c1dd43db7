"""What a submission compares, writes and goes on from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from contracts.errors import ConfigurationError, TransientError
from streaming.cluster import Cluster
from streaming.snapshots import Snapshots, configured_snapshots
from streaming.state_shape import StateShape, read_shape
from streaming.submit import fingerprint_of, write_rules


def snapshot(folder: Path, age: int, *, complete: bool = True) -> Path:
    folder.mkdir(parents=True)
    if complete:
        metadata = folder / "_metadata"
        metadata.touch()
        os.utime(metadata, (1_000_000 - age, 1_000_000 - age))
    return folder


@pytest.fixture
def snapshots(tmp_path: Path) -> Snapshots:
    return Snapshots(tmp_path / "checkpoints", tmp_path / "savepoints")


def test_the_newest_complete_snapshot_wins_whatever_its_kind(snapshots: Snapshots) -> None:
    snapshot(snapshots.checkpoints / "job1" / "chk-9", age=30)
    newest = snapshot(snapshots.savepoints / "savepoint-1", age=10)
    snapshot(snapshots.checkpoints / "job2" / "chk-1", age=0, complete=False)
    assert snapshots.latest() == newest


def test_a_job_that_never_ran_starts_with_nothing(snapshots: Snapshots) -> None:
    assert snapshots.latest() is None
    snapshots.tidy()


def test_tidying_keeps_the_newest_three_and_removes_emptied_jobs(snapshots: Snapshots) -> None:
    kept = [snapshot(snapshots.checkpoints / f"job{age}" / "chk-1", age=age) for age in range(3)]
    old = snapshot(snapshots.checkpoints / "old" / "chk-1", age=9)
    snapshots.tidy()
    assert all(folder.exists() for folder in kept)
    assert not old.parent.exists()


def test_without_a_flink_configuration_there_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLINK_CONF_DIR", raising=False)
    with pytest.raises(ConfigurationError, match="FLINK_CONF_DIR"):
        configured_snapshots()


def test_a_cluster_that_does_not_answer_is_worth_another_try() -> None:
    with pytest.raises(TransientError, match="does not answer"):
        Cluster("http://127.0.0.1:1").job()


def test_rules_are_written_when_absent_or_changed_and_left_alone_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "rules" / "active.json"
    write_rules(file, "one")
    written = file.stat().st_ino
    write_rules(file, "one")
    assert file.stat().st_ino == written
    write_rules(file, "two")
    assert file.read_text() == "two"


def test_other_rules_need_no_new_job_and_other_features_or_code_do() -> None:
    jar = Path("one.jar")
    running = fingerprint_of(jar, '{"rules": "a", "features": [1]}')
    assert fingerprint_of(jar, '{"rules": "b", "features": [1]}') == running
    assert fingerprint_of(jar, '{"rules": "a", "features": [2]}') != running
    assert fingerprint_of(Path("two.jar"), '{"rules": "a", "features": [1]}') != running


SAVED = StateShape({"account": 3, "entity": 1}, ("device_activity", "party"))


def test_state_goes_on_in_a_job_that_has_its_stages_and_more() -> None:
    StateShape(SAVED.formats, ("party", "terminal_activity", "device_activity")).refuse_loss(SAVED)


def test_a_job_without_a_stage_that_keeps_state_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="holds device_activity, which contracts/features declares no more"):
        StateShape(SAVED.formats, ("party",)).refuse_loss(SAVED)


def test_a_kernel_of_another_format_is_refused_with_the_way_out() -> None:
    with pytest.raises(ConfigurationError, match="each entity has format 1, this kernel reads 2") as refused:
        StateShape({"account": 3, "entity": 2}, SAVED.stages).refuse_loss(SAVED)
    assert "docs/operations/local-stack.md" in str(refused.value.hint)


def test_a_shape_is_read_as_it_was_kept(tmp_path: Path) -> None:
    assert read_shape(tmp_path / "shape.json") is None
    SAVED.write(tmp_path / "savepoints" / "shape.json")
    assert read_shape(tmp_path / "savepoints" / "shape.json") == SAVED
