"""Rules over many rows in one JVM, compiled as the kernel does and interpreted by CEL's own runtime."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from contracts.events import event_schema
from contracts.features import feature_names
from contracts.settings import Settings
from tests.kernel_trial import trial_command

Json = dict[str, Any]
# What a movement and its features are, in the order of their names.
Row = tuple[Sequence[object], Sequence[object]]

FIELDS = tuple(event_schema("transaction.processed.v1").schema["properties"])
FEATURES = feature_names()


@dataclass(frozen=True)
class World:
    """The names that rules may read; thresholds and lists are dated as the compiled file has them."""

    fields: tuple[str, ...] = FIELDS
    features: tuple[str, ...] = FEATURES
    thresholds: Json = field(default_factory=dict)
    lists: Json = field(default_factory=dict)


class RulesTrial:
    """One JVM that answers trials one after another."""

    def __init__(self, *, measured: bool = False) -> None:
        # What is not measured need not be compiled twice.
        quick = [] if measured else ["-XX:TieredStopAtLevel=1"]
        self._process = subprocess.Popen(
            trial_command(Settings(), "RulesTrial", ("-XX:+UseSerialGC", *quick)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, world: World, rules: Sequence[str], rows: Sequence[Row], rounds: int = 0) -> Json:
        """One answer as `atalaya.kernel.RulesTrial` describes it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        command = {
            "fields": world.fields,
            "features": world.features,
            "thresholds": world.thresholds,
            "lists": world.lists,
            "rules": list(rules),
            "rows": [list(row) for row in rows],
            "rounds": rounds,
        }
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: Json = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
