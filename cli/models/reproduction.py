"""`atalaya model reproduce`: a registered version made again on this machine, and what its bytes say."""

from __future__ import annotations

from collections.abc import Callable

from contracts.models import ModelName
from contracts.settings import Settings
from ml.governance.registry import artefact, find_version, open_registry, recorded_run
from pipelines.lakehouse.catalog import open_lake
from pipelines.models.reproduction import Recorded, Reproduction
from pipelines.models.reproduction import reproduce as train_again


def reproduce(settings: Settings, model: ModelName, number: str, tell: Callable[[str], None]) -> bool:
    """Whether the bytes are the same; `tell` is told, and where they are not, all that differs.

    Raises NotFoundError for an unknown version, and for a snapshot that is gone.
    """
    client = open_registry(settings)
    run = recorded_run(client, find_version(client, model, number))
    recorded = Recorded(run.tags, run.parameters, artefact(settings, model, number))
    with open_lake(settings) as lake:
        found = train_again(model, recorded, lake)
    for line in report(model, number, found):
        tell(line)
    return found.same


def report(model: ModelName, number: str, found: Reproduction) -> list[str]:
    """What differs first, code before all else, then the verdict on the bytes."""
    lines = list(found.differences)
    if found.same:
        return [*lines, f"Version {number} of {model}: same bytes, sha256 {found.recorded_sha256}."]
    lines = lines or [
        "Code, features, libraries and parameters are what they were: the training itself is not repeatable."
    ]
    return [
        *lines,
        f"Version {number} of {model}: other bytes, sha256 {found.made_sha256}; registered is {found.recorded_sha256}.",
    ]
