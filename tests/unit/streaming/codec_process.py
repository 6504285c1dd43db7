"""What surrounds the kernel (reading, writing, passing on) as tests and the benchmark drive it: one JVM, one answer for each command."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from contracts.settings import Settings
from streaming.configuration import job_configuration
from tests.kernel_trial import trial_command

Json = dict[str, Any]


class CodecProcess:
    """`folder` holds its configuration and its log; `options` are of the JVM."""

    def __init__(self, folder: Path, options: Sequence[str] = ("-XX:TieredStopAtLevel=1",)) -> None:
        command = trial_command(Settings(), "CodecProbe", options)
        self._log = folder.joinpath("codec.log").open("w")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        file = folder / "codec.json"
        file.write_text(job_configuration(Settings(state=folder)))
        self.ask({"configure": str(file)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, command: Json) -> Json:
        """The answer to one command; CodecProbe.java lists them."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, Path(self._log.name).read_text()
        answer: Json = json.loads(line)
        return answer

    def read(self, topic: str, message: bytes) -> tuple[list[Any] | None, list[Any] | str]:
        """What the one pass made of the bytes, None if it gave them up, and what the tree made of them, or its complaint."""
        answer = self.ask({"topic": topic, "message": base64.b64encode(message).decode()})
        return answer["ordinary"], answer["judged"]

    def close(self) -> None:
        """End the JVM."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        self._log.close()
