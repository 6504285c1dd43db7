"""Compile the kernel (`python -m streaming.kernel_jar`): a folder of Java sources to a jar, named by what went into it, with ecj."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from contracts.errors import AtalayaError, ConfigurationError
from contracts.settings import PROJECT, Settings, load_settings

LOG = logging.getLogger("streaming.kernel_jar")

SOURCES = PROJECT / "streaming" / "kernel"

_RELEASE = "21"
_COMPILE_SECONDS = 180
_LIBRARIES = ("flink", "cel")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can tell: the same sources give the same bytes


def kernel_jar(settings: Settings) -> Path:
    """The jar of today's kernel; raises as `compiled` does."""
    return compiled(settings, SOURCES, class_path(settings))


def compiled(settings: Settings, sources: Path, beside: Sequence[Path]) -> Path:
    """The jar of a folder's sources as they are, against the jars `beside`, compiled first if it is not there yet (seconds).

    Raises ConfigurationError when a part is missing or the sources do not compile; the compiler's words are in it.
    """
    jar = settings.home / "parts" / "kernel" / f"{_fingerprint(sources, beside)}.jar"
    if not jar.exists():
        jar.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=jar.parent) as folder:
            classes = Path(folder) / "classes"
            _compile(settings, sources, beside, classes)
            packed = Path(folder) / jar.name
            _pack(classes, packed)
            packed.replace(jar)
    return jar


def class_path(settings: Settings) -> list[Path]:
    """What the kernel is compiled against and runs beside: Flink's distribution, its connector and models, CEL."""
    folders = [flink_home(settings) / "lib", *(settings.home / "parts" / name for name in _LIBRARIES)]
    jars = [jar for folder in folders for jar in sorted(folder.glob("*.jar"))]
    missing = [folder for folder in folders if not any(jar.parent == folder for jar in jars)]
    if missing:
        raise ConfigurationError(f"There are no jars in {missing[0]}.", hint="Run './atalaya doctor'.")
    return jars


def flink_home(settings: Settings) -> Path:
    """The distribution inside the apache-flink wheel: ours when we have it, the `flink` environment's otherwise."""
    found = importlib.util.find_spec("pyflink")
    if found is not None and found.submodule_search_locations:
        return Path(found.submodule_search_locations[0])
    homes = sorted((settings.home / "env" / "flink").glob("lib/python3*/site-packages/pyflink"))
    if not homes:
        raise ConfigurationError("There is no apache-flink below the home.", hint="Run './atalaya doctor'.")
    return homes[0]


def java(settings: Settings) -> Path:
    """The platform's java command: JAVA_HOME's when it is set."""
    home = Path(os.environ.get("JAVA_HOME", settings.home / "parts" / "java"))
    command = home / "bin" / "java"
    if not command.exists():
        raise ConfigurationError(f"There is no {command}.", hint="Run './atalaya doctor'.")
    return command


def _fingerprint(sources: Path, beside: Sequence[Path]) -> str:
    digest = hashlib.sha256(" ".join(jar.name for jar in beside).encode())
    for source in sorted(sources.rglob("*.java")):
        digest.update(source.relative_to(sources).as_posix().encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _compile(settings: Settings, sources: Path, beside: Sequence[Path], classes: Path) -> None:
    compilers = sorted((settings.home / "parts" / "ecj").glob("ecj-*.jar"))
    if not compilers:
        raise ConfigurationError("There is no Java compiler below the home.", hint="Run './atalaya doctor'.")
    command = [str(java(settings)), "-XX:TieredStopAtLevel=1", "-jar", str(compilers[-1]), "--release", _RELEASE, "-g"]
    command += ["-cp", os.pathsep.join(map(str, beside)), "-d", str(classes), str(sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_COMPILE_SECONDS, check=False)
    if done.returncode != 0:
        raise ConfigurationError(f"{sources} does not compile:\n{done.stdout}{done.stderr}")


def _pack(classes: Path, jar: Path) -> None:
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(classes.rglob("*.class")):
            entry = zipfile.ZipInfo(file.relative_to(classes).as_posix(), _EPOCH)
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def main() -> int:
    """Compile at install, so that the first start need not; exit code 1 with one clear message when it does not compile."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        LOG.info("Kernel: %s", kernel_jar(load_settings()))
    except AtalayaError as error:
        LOG.error("%s", error)  # noqa: TRY400 - the message is for people, the cause is in it
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
