"""The jar lock names every file of every set, and nothing else."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
import yaml

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from deploy.local.jar_lock import SETS_FILE
from deploy.local.jars import LOCK_FILE, Jar, artifact, fetch, load_lock, maven_context, missing, sha256_of

LOCK = load_lock()


def test_every_declared_set_and_coordinate_is_locked() -> None:
    declared = yaml.safe_load(SETS_FILE.read_text(encoding="utf-8"))["sets"]
    assert set(LOCK) == set(declared)
    for name, spec in declared.items():
        locked = {jar.coordinate for jar in LOCK[name]}
        assert set(spec["coordinates"]) <= locked, name


def test_the_lock_names_no_address() -> None:
    text = LOCK_FILE.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"\.(com|net|org)/", text)


def test_one_version_of_each_artifact_in_a_set() -> None:
    for name, jars in LOCK.items():
        artifacts = [jar.coordinate.rsplit(":", 1)[0] for jar in jars if jar.coordinate.count(":") == 2]
        assert len(artifacts) == len(set(artifacts)), name


def test_kafka_is_one_version_throughout() -> None:
    versions = {jar.coordinate.split(":")[2] for jar in LOCK["kafka"] if jar.coordinate.startswith("org.apache.kafka:")}
    assert versions == {"4.3.1"}


@pytest.mark.parametrize(
    ("coordinate", "file"),
    [
        ("org.postgresql:postgresql:42.7.14", "postgresql-42.7.14.jar"),
        ("a.b:c:1:plugin", "c-1-plugin.jar"),
        ("a.b:c:1:plugin:tar.gz", "c-1-plugin.tar.gz"),
    ],
)
def test_a_coordinate_names_a_file(tmp_path: Path, coordinate: str, file: str) -> None:
    assert artifact(maven_context(tmp_path), coordinate).filename == file


@pytest.mark.parametrize("coordinate", ["", "a:b", "a:b:c:d:e:f"])
def test_a_broken_coordinate_is_refused(tmp_path: Path, coordinate: str) -> None:
    with pytest.raises(ConfigurationError, match="is not group:artifact:version"):
        artifact(maven_context(tmp_path), coordinate)


def cached(home: Path, coordinate: str, content: bytes) -> Jar:
    path = artifact(maven_context(home), coordinate).cached_path
    assert path is not None
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return Jar(coordinate, hashlib.sha256(content).hexdigest(), len(content))


def test_a_cached_file_as_locked_is_not_fetched_again(tmp_path: Path) -> None:
    jar = cached(tmp_path, "a.b:c:1", b"content")
    settings = Settings(home=tmp_path)
    assert missing(settings, [jar]) == []


@pytest.mark.parametrize("content", [b"c0ntent", b"conten", b"content and more", b""])
def test_a_cached_file_that_differs_is_missing(tmp_path: Path, content: bytes) -> None:
    cached(tmp_path, "a.b:c:1", content)
    locked = Jar("a.b:c:1", hashlib.sha256(b"content").hexdigest(), len(b"content"))
    assert missing(Settings(home=tmp_path), [locked]) == [locked]


def test_a_file_that_is_not_the_locked_one_is_refused_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another_file(self: object) -> Path:
        path = Path(self.cached_path)  # type: ignore[attr-defined]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"another")
        return path

    monkeypatch.setattr("jgo.maven.Artifact.resolve", another_file)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    locked = Jar("a.b:c:1", hashlib.sha256(b"content").hexdigest(), len(b"content"))
    with pytest.raises(ConfigurationError, match="not the file that the lock names"):
        fetch(Settings(home=tmp_path), [locked])
    assert not list(tmp_path.rglob("*.jar"))


def test_the_digest_is_sha256(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 3_000_000)
    assert sha256_of(file) == hashlib.sha256(b"x" * 3_000_000).hexdigest()
