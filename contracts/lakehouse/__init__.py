"""How the lakehouse is cared for: file sizes worth rewriting, and how long snapshots and lost files are kept."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from contracts.durations import parse_duration

FILE = Path(__file__).parent / "care.yml"

Layer = Literal["bronze", "silver", "silver_history", "features", "governance", "quarantine"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
Age = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]

_MIB = 1024 * 1024
# The one layer whose snapshots say nothing that its readers rely on: silver records with each how far it has read.
_APPEND_ONLY: frozenset[Layer] = frozenset({"bronze"})
# A run reads for as long as this, and may have begun just before a snapshot was superseded.
_LONGEST_READ = timedelta(hours=1)
_LONGEST_COMMIT = timedelta(days=1)


class CompactionPolicy(BaseModel):
    """Which data files are small, how many of them one partition must hold, and what size they become."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    target_file_mib: int = Field(gt=0)
    small_below_mib: int = Field(gt=0)
    minimum_files: int = Field(ge=2)

    @property
    def target_bytes(self) -> int:
        """No group of small files is larger than this."""
        return self.target_file_mib * _MIB

    @property
    def small_bytes(self) -> int:
        """A file below this many bytes is small."""
        return self.small_below_mib * _MIB

    @model_validator(mode="after")
    def _what_was_compacted_is_not_small(self) -> Self:
        if self.small_below_mib > self.target_file_mib:
            raise ValueError("small_below_mib must not exceed target_file_mib")
        return self


class LayerPolicy(BaseModel):
    """The care of one layer's tables; `keep_snapshots` counts from when a snapshot was superseded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compact: bool
    keep_snapshots: Age = Field(ge=_LONGEST_READ)


class CarePolicy(BaseModel):
    """The whole policy; `orphan_age` counts from a file's last write."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    compaction: CompactionPolicy
    orphan_age: Age = Field(ge=_LONGEST_COMMIT)
    layers: dict[Layer, LayerPolicy]

    @model_validator(mode="after")
    def _only_what_is_appended_to_is_compacted(self) -> Self:
        wrong = [name for name, layer in self.layers.items() if layer.compact and name not in _APPEND_ONLY]
        if wrong:
            raise ValueError(f"layers {', '.join(wrong)}: a compaction would hide how far their refresh has read")
        return self


@cache
def load_care() -> CarePolicy:
    """The declared policy; raises pydantic's ValidationError when the file breaks its shape."""
    return CarePolicy.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
