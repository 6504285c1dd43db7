"""Run in Flink's environment: what the job's watermark generators say in given situations, as JSON. Argument: the kernel's jar."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from pyflink.java_gateway import get_gateway  # type: ignore[import-not-found]
from pyflink.util.java_utils import add_jars_to_context_class_loader  # type: ignore[import-not-found]

LONG_AGO = -(2**63)
QUIET_PERIODS, SILENT_PERIODS = 300, 600


class Output:
    """A WatermarkOutput that remembers."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def emitWatermark(self, watermark: Any) -> None:  # noqa: N802, ANN401 - a Java object
        self.said.append(watermark.getTimestamp())

    def markIdle(self) -> None:  # noqa: N802 - Java's name
        self.said.append("idle")

    def markActive(self) -> None:  # noqa: N802 - Java's name
        self.said.append("active")

    class Java:
        """What py4j takes it for."""

        implements = ("org.apache.flink.api.common.eventtime.WatermarkOutput",)


def periods(generator: Any, count: int) -> list[object]:  # noqa: ANN401 - a Java object
    """What a generator says in so many periods, each thing once."""
    output = Output()
    for _ in range(count):
        generator.onPeriodicEmit(output)
    return list(dict.fromkeys(output.said))


def main() -> None:
    """Flink makes the generator of no partition first, then one for each partition."""
    add_jars_to_context_class_loader([f"file://{sys.argv[1]}"])
    written_at = get_gateway().jvm.atalaya.kernel.WrittenAt
    strategy, restored = written_at(), written_at()
    nothing, ahead, behind, broken = (strategy.createWatermarkGenerator(None) for _ in range(4))
    ahead.onEvent(None, 9_000, Output())
    behind.onEvent(None, 1_000, Output())
    broken.onEvent(None, LONG_AGO, Output())
    before = 1_000_000 * time.time()
    _, unheard = (restored.createWatermarkGenerator(None) for _ in range(2))
    began, *then = periods(unheard, SILENT_PERIODS + 1)
    sys.stdout.write(
        json.dumps(
            {
                "of no partition": periods(nothing, SILENT_PERIODS + 1),
                "ahead": periods(ahead, 1),
                "behind": periods(behind, 1),
                "behind, once quiet": periods(behind, QUIET_PERIODS + 1),
                "only ever broken": periods(broken, QUIET_PERIODS),
                "only ever broken, for long": periods(broken, SILENT_PERIODS + 1 - QUIET_PERIODS),
                "no partition ever heard, after its beginning": [
                    isinstance(began, int) and before <= began <= 1_000_000 * time.time(),
                    *then,
                ],
            }
        )
    )


if __name__ == "__main__":
    main()
