"""Feature declarations: what the kernel computes, Feast serves, models read and documents describe."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts.durations import parse_duration

DIRECTORY = Path(__file__).parent

Aggregate = Literal[
    "count",
    "sum",
    "mean",
    "min",
    "max",
    "stddev",
    "distinct",
    "fraud_share",
    "fraud_streak",
    "fraud_streak_seconds",
    "fraud_streak_mean",
    "ratio_to_mean",
    "seconds_since_last",
    "seconds_since_other",
    "first_seen",
    "value",
    "hour_of_day",
    "day_of_week",
    "matches",
]
MOVEMENT_KEY = "transaction_id"
INTEGERS = frozenset({"count", "sum", "min", "max", "distinct", "value", "fraud_streak"})

Duration = Annotated[timedelta, BeforeValidator(lambda text: parse_duration(text) if isinstance(text, str) else text)]


class Range(BaseModel):
    """Inclusive bounds on a whole number, and what divides it; a missing part asks for nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: int | None = None
    max: int | None = None
    multiple_of: int | None = Field(default=None, gt=0)


class Feature(BaseModel):
    """One declared feature; `filter` is a conjunction over event fields.

    `of` names a field of events or, for `fraud_streak_mean`, a feature of the account. `delay` is how long before the event
    a window of labels ends. With `transition` it counts the movements that reached that status, when they did, and not
    those first seen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z]+__[a-z0-9_]+$")
    aggregate: Aggregate
    of: str | None = None
    window: Duration | None = None
    resolution: Duration | None = None
    delay: Duration | None = None
    cap: int | None = None
    transition: Literal["failed"] | None = None
    unit: str
    filter: dict[str, tuple[str, ...] | Range] = {}
    description: str

    def as_kernel_json(self) -> dict[str, Any]:
        """The declaration as the kernel reads it: durations in milliseconds, absent parts left out."""
        plain = self.model_dump(exclude_none=True, exclude={"window", "resolution", "delay", "description", "unit"})
        for part in ("window", "resolution", "delay"):
            duration: timedelta | None = getattr(self, part)
            if duration is not None:
                plain[f"{part}_ms"] = round(duration.total_seconds() * 1000)
        return plain


class FeatureView(BaseModel):
    """The features of one entity, computed and served together.

    With a `lag` they are over closed buckets: those that ended so long before the event. Movements of such a key come
    from several partitions in no order of their own, and what closed a minute ago is the same in every order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    view: str
    entity: str
    key: str
    classification: str = Field(alias="class")
    lag: Duration | None = None
    features: tuple[Feature, ...]

    @property
    def is_kept(self) -> bool:
        """Whether its key lives on after the movement, so that something is kept for the next one."""
        return self.key != MOVEMENT_KEY

    def as_kernel_json(self) -> dict[str, Any]:
        """The view as the kernel reads it."""
        plain: dict[str, Any] = {"view": self.view, "entity": self.entity, "key": self.key}
        if self.lag is not None:
            plain["lag_ms"] = round(self.lag.total_seconds() * 1000)
        return {**plain, "features": [feature.as_kernel_json() for feature in self.features]}


@cache
def load_feature_views() -> tuple[FeatureView, ...]:
    """Every declared view, in the order of file names."""
    return tuple(_load(path) for path in sorted(DIRECTORY.glob("*.yml")))


@cache
def kept_views() -> tuple[FeatureView, ...]:
    """Views of keys that live on between movements: the online store has the latest vector of each, Feast a view."""
    return tuple(view for view in load_feature_views() if view.is_kept)


def feature_view(name: str) -> FeatureView:
    """One view by name; raises KeyError for a name that no file declares."""
    return {view.view: view for view in load_feature_views()}[name]


def feature_names() -> tuple[str, ...]:
    """Every feature that a decision logs, in declaration order: views by file name, features as written."""
    return tuple(feature.name for view in load_feature_views() for feature in view.features)


def features_version() -> int:
    """The version that decisions carry: the sum of the views' versions, so that it only ever grows."""
    return sum(view.version for view in load_feature_views())


def _load(path: Path) -> FeatureView:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    named = [{"name": name, **spec} for name, spec in document["features"].items()]
    return FeatureView.model_validate({**document, "features": named})
