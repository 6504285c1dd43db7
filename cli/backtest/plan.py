"""What a backtest is asked for: the candidate, the interval, and how much is replayed before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from contracts.errors import InvalidInputError
from contracts.features import Feature, FeatureView, load_feature_views

_NOTHING = timedelta(0)


@dataclass(frozen=True)
class Plan:
    """Movements of [`start`, `end`) (business time, UTC) are compared; those of `warm_up` before fill the windows.

    `rules` are pack files; `model` is an ONNX file or the number of a registered version of the fraud model.
    """

    start: datetime
    end: datetime
    rules: tuple[Path, ...] = ()
    model: str = ""
    warm_up: timedelta = _NOTHING
    control: bool = False

    def check(self) -> None:
        """Raises InvalidInputError for an empty interval, and without a candidate."""
        if self.start >= self.end:
            raise InvalidInputError("the interval is empty", field="to", hint="--to must be later than --from.")
        if not (self.rules or self.model or self.control):
            raise InvalidInputError(
                "there is nothing to try", field="rules", hint="Give --rules FILE, --model FILE or --control."
            )


def declared_warm_up() -> timedelta:
    """How long before an event the longest declared window starts: window, bucket, lag and delay.

    One that sums what its movements' accounts had to say needs the accounts' own windows before its first movement.
    """
    kept_with = {feature.name: (view, feature) for view in load_feature_views() for feature in view.features}

    def reach(view: FeatureView, feature: Feature) -> timedelta:
        summed = kept_with.get(feature.of or "")
        own = (feature.window, feature.resolution, view.lag, feature.delay)
        return sum((part for part in own if part), reach(*summed) if summed else timedelta(0))

    return max(reach(view, feature) for view, feature in kept_with.values())
