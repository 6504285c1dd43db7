"""A JVM with the kernel and the Java of `tests/kernel`, which is in the kernel's package to reach what is not public."""

from __future__ import annotations

import os
from collections.abc import Sequence

from contracts.settings import PROJECT, Settings
from streaming.kernel_jar import class_path, compiled, java, kernel_jar

_SOURCES = PROJECT / "tests" / "kernel"


def trial_command(settings: Settings, trial: str, options: Sequence[str] = ()) -> list[str]:
    """What starts a trial by its class name; `options` are of the JVM. Raises ConfigurationError as `compiled` does."""
    kernel = [kernel_jar(settings), *class_path(settings)]
    jars = [compiled(settings, _SOURCES, kernel), *kernel]
    return [str(java(settings)), *options, "-cp", os.pathsep.join(map(str, jars)), f"atalaya.kernel.{trial}"]
