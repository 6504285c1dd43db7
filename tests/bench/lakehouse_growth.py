"""What silver costs at one size, measured in a process of its own, so that its peak of memory can be told."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from pipelines.lakehouse.refresh import refresh
from pipelines.lakehouse.specification import find_silver
from tests.bench.lakehouse_rows import TABLE, bench_lake, land_more, land_rows


def grow(folder: Path, count: int) -> dict[str, float]:
    """Seconds of making the table whole, then of taking in 10,000 new rows, and the peak of memory in MiB.

    Bronze is written by a process of its own, or its memory would be counted.
    """
    silver = find_silver(TABLE.silver)
    with bench_lake(folder) as lake:
        began = time.monotonic()
        assert refresh(lake, silver).rows == count
        full = time.monotonic() - began
        land_more(lake, count)
        began = time.monotonic()
        done = refresh(lake, silver)
        incremental = time.monotonic() - began
        assert not done.rebuilt
    return {"full": full, "incremental": incremental, "peak": _peak_mib()}


def _peak_mib() -> float:
    """This process's own peak: getrusage's also counts that of the process which started it."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def main() -> None:
    """`write FOLDER ROWS` writes bronze, `read FOLDER ROWS` makes silver and tells what it cost as JSON."""
    what, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if what == "read":
        sys.stdout.write(json.dumps(grow(folder, count)) + "\n")
        return
    with bench_lake(folder) as lake:
        land_rows(lake, count)


if __name__ == "__main__":
    main()
