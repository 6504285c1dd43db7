"""What every Java service shares: the runtime, lean start-up flags, logging to the console."""

from __future__ import annotations

from pathlib import Path

from contracts.settings import Settings
from deploy.local.layout import write_atomically
from deploy.local.parts import class_archive, java

_LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{{ISO8601}} %-5p %c{{1}} %m%n
rootLogger.level = {level}
rootLogger.appenderRef.console.ref = console
{quieter}
"""


# The optimising compiler competes with everything else for two cores, and pays off after minutes: with it Connect took 27 to
# 85 % of a core for compiling while a history landed, and the stack 58 s to start instead of 34 (docs/decisions/0011).
QUICK_START = "-XX:TieredStopAtLevel=1"


def java_command(settings: Settings, heap_mib: int, *options: str) -> list[str]:
    """The runtime's command line up to its class path."""
    return [str(java(settings)), *java_options(settings, heap_mib), *options]


def java_options(settings: Settings, heap_mib: int) -> list[str]:
    """A fixed ceiling on the heap; the serial collector, as two cores are shared by everything."""
    return [
        f"-Xmx{heap_mib}m",
        f"-Xms{min(heap_mib, 128)}m",
        "-XX:+UseSerialGC",
        f"-XX:SharedArchiveFile={class_archive(settings)}",
        "-Xshare:auto",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        "-Duser.timezone=UTC",
    ]


def write_logging(path: Path, level: str, quieter: dict[str, str]) -> None:
    """A log4j2 configuration that writes to the console; `quieter` maps a logger to its own level."""
    lines = [
        line
        for number, (name, own) in enumerate(quieter.items())
        for line in (f"logger.q{number}.name = {name}", f"logger.q{number}.level = {own}")
    ]
    write_atomically(path, _LOGGING.format(level=level, quieter="\n".join(lines)))
