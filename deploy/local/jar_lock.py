"""Remaking `deploy/jars.lock.json` from `deploy/jars.yml`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from contracts.settings import PROJECT, Settings
from deploy.local.jars import LOCK_FILE, artifact, maven_context, sha256_of

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

SETS_FILE = PROJECT / "deploy" / "jars.yml"

_RUNTIME_SCOPES = ("compile", "runtime", None)


def write_jar_lock(settings: Settings, sets_file: Path = SETS_FILE, lock_file: Path = LOCK_FILE) -> int:
    """Resolve every set, download what is new, write the lock; the number of distinct files."""
    context = maven_context(settings.home)
    declared = yaml.safe_load(sets_file.read_text(encoding="utf-8"))["sets"]
    sets = {
        name: [
            _entry(found) for found in _resolve(context, spec["coordinates"], transitive=spec.get("transitive", False))
        ]
        for name, spec in declared.items()
    }
    lock_file.write_text(json.dumps({"sets": sets}, indent=1) + "\n", encoding="utf-8")
    return len({entry["coordinate"] for entries in sets.values() for entry in entries})


def _resolve(context: MavenContext, coordinates: list[str], *, transitive: bool) -> list[Artifact]:
    from jgo.maven import Dependency  # noqa: PLC0415 - only this command resolves

    direct = [artifact(context, coordinate) for coordinate in coordinates]
    if not transitive:
        return direct
    # raw: jgo otherwise imports each coordinate's managed versions as a BOM and mixes Kafka 3.9 clients under Kafka 4.3.
    inputs, others = context.resolver.resolve([Dependency(one, scope="compile", raw=True) for one in direct])
    kept = [
        dependency
        for dependency in (*inputs, *others)
        if dependency.scope in _RUNTIME_SCOPES and not dependency.optional
    ]
    return sorted((dependency.artifact for dependency in kept), key=_coordinate)


def _coordinate(found: Artifact) -> str:
    base = f"{found.groupId}:{found.artifactId}:{found.version}"
    if found.packaging != "jar":
        return f"{base}:{found.classifier}:{found.packaging}"
    return f"{base}:{found.classifier}" if found.classifier else base


def _entry(found: Artifact) -> dict[str, str | int]:
    path = Path(found.resolve())
    return {"coordinate": _coordinate(found), "sha256": sha256_of(path), "size": path.stat().st_size}
