"""Features that no decision logged although one was due: there the kernel and the declaration have drifted apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from contracts.features import Feature, FeatureView, Range, load_feature_views
from pipelines.features.activity import CONTEXT, TABLE
from pipelines.lakehouse.catalog import Lake

_COLUMNS = frozenset(column.name for column in CONTEXT)
# Defined for a key that was never seen before; other aggregates over closed buckets need an earlier movement.
_OF_NOTHING = frozenset({"count", "sum", "distinct"})


def features_never_logged(lake: Lake) -> list[str]:
    """Declared features that are null wherever the table's own rows say that there is something to tell.

    What they cannot say asks for nothing: a key that never occurs, a window before the first movement, another country.
    """
    lake.attach(TABLE)
    due = [(feature.name, condition) for feature, condition in _conditions()]
    flags = ", ".join(f"{condition} as due_{place}" for place, (_, condition) in enumerate(due))
    counts = ", ".join(f"count(*) filter (where due_{place}), count({name})" for place, (name, _) in enumerate(due))
    row = lake.session.execute(f"select {counts} from (select *, {flags} from {TABLE})").fetchone() or ()  # noqa: S608 - declared names only
    return [name for (name, _), wanted, told in zip(due, row[::2], row[1::2], strict=True) if wanted and not told]


def _conditions() -> Iterator[tuple[Feature, str]]:
    for view in load_feature_views():
        for feature in view.features:
            if feature.aggregate != "seconds_since_other":  # that somebody moves to another place, nothing promises
                yield feature, " and ".join(_due(view, feature)) or "true"


def _due(view: FeatureView, feature: Feature) -> Iterator[str]:
    """SQL conditions under which a row must have the feature."""
    for name in dict.fromkeys((view.key, feature.of)):
        if name in _COLUMNS:
            yield f"{name} is not null"
    if view.lag and feature.window and feature.resolution and feature.aggregate not in _OF_NOTHING:
        end = view.lag + (feature.delay or timedelta(0))
        yield _has_earlier(view, feature, end + feature.resolution, end + feature.window - feature.resolution)


def _has_earlier(view: FeatureView, feature: Feature, least: timedelta, most: timedelta) -> str:
    """The key's first movement of the feature's sort lies so long before that it is in the window, whatever its bucket."""
    sort = " and ".join(_matches(name, wanted) for name, wanted in feature.filter.items()) or "true"
    first = f"min(occurred_at) filter (where {sort}) over (partition by {view.key})"
    return f"occurred_at - {first} between {_interval(least)} and {_interval(most)}"


def _matches(name: str, wanted: tuple[str, ...] | Range) -> str:
    if isinstance(wanted, Range) or name not in _COLUMNS:
        return "false"
    values = ", ".join(f"'{value}'" for value in wanted)
    return f"{name} in ({values})"


def _interval(duration: timedelta) -> str:
    return f"interval {round(duration.total_seconds())} seconds"
