"""The kernel over records in one JVM and without a cluster: `atalaya.kernel.Replay`, fed by one thread while its decisions are read."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from contracts.errors import PermanentError
from contracts.settings import Settings
from streaming.configuration import job_configuration
from streaming.kernel_jar import class_path, java, kernel_jar

Json = dict[str, Any]

MOVEMENTS, LABELS = "transaction.history", "label.events"

_SCORES = "transaction.scores"
_JVM = ("-XX:+UseSerialGC", "-Xmx1500m")


def decided(settings: Settings, records: Iterable[bytes]) -> Iterator[bytes]:
    """The lines that hold a decision, in the order of the movements; features and rules are the declared ones, without a model.

    Raises PermanentError when the kernel ends before all records are taken.
    """
    settings.state.mkdir(parents=True, exist_ok=True)
    start = f'{{"topic":"{_SCORES}"'.encode()
    with tempfile.TemporaryDirectory(dir=settings.state) as folder:
        configuration = Path(folder) / "configuration.json"
        configuration.write_text(
            job_configuration(settings.model_copy(update={"state": Path(folder)})), encoding="utf-8"
        )
        with (
            (Path(folder) / "kernel.log").open("w+", encoding="utf-8") as log,
            subprocess.Popen(_command(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as kernel,
        ):
            assert kernel.stdin is not None
            assert kernel.stdout is not None
            kernel.stdin.write(orjson.dumps({"configure": str(configuration)}) + b"\n")
            writer = threading.Thread(target=_write, args=(kernel.stdin, records), daemon=True)
            writer.start()
            try:
                yield from (line for line in kernel.stdout if line.startswith(start))
                if kernel.wait():
                    log.seek(0)
                    raise PermanentError(f"The kernel ended early: {log.read()[-2000:]}")
            finally:
                kernel.kill()
                writer.join()


def record(topic: str, offset: int, event: Json) -> bytes:
    """One event as the kernel reads it from a topic, a JSON line."""
    value = orjson.dumps(event).decode()
    return orjson.dumps({"topic": topic, "partition": 0, "offset": offset, "key": None, "value": value}) + b"\n"


def event(app: str, event_type: str, name: str, time: str, data: Json) -> Json:
    """The CloudEvent that an app's outbox tells; `time` is when it was written, in UTC."""
    envelope = {
        "specversion": "1.0",
        "id": name,
        "source": f"/{app}",
        "type": event_type,
        "subject": name,
        "time": time,
    }
    return {**envelope, "data": data}


def _command(settings: Settings) -> list[str]:
    classes = os.pathsep.join(map(str, [kernel_jar(settings), *class_path(settings)]))
    return [str(java(settings)), *_JVM, "-cp", classes, "atalaya.kernel.Replay"]


def _write(kernel: IO[bytes], records: Iterable[bytes]) -> None:
    try:
        for one in records:
            kernel.write(one)
        kernel.close()
    except (BrokenPipeError, ValueError):  # the reader has what it wanted, or tells why not
        return
