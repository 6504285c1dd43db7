"""The Java parts: fetched with jgo from the checked-in lock, verified by sha256, linked into one folder per set."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import ConfigurationError, TransientError
from contracts.settings import PROJECT, Settings

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

LOCK_FILE = PROJECT / "deploy" / "jars.lock.json"

_ATTEMPTS = 5
_TIMEOUT_SECONDS = 60
_CHUNK_BYTES = 1 << 20

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Jar:
    """One locked file: `coordinate` is group:artifact:version[:classifier[:type]], `size` is in bytes."""

    coordinate: str
    sha256: str
    size: int


def load_lock(path: Path = LOCK_FILE) -> dict[str, tuple[Jar, ...]]:
    """The locked files of each set."""
    document = json.loads(path.read_text(encoding="utf-8"))
    return {name: tuple(Jar(**entry) for entry in entries) for name, entries in document["sets"].items()}


def part(settings: Settings, name: str) -> Path:
    """The folder of one set's files."""
    return settings.home / "parts" / name


def class_path(settings: Settings, name: str) -> str:
    """A set's jars, one by one: ecj and some launchers do not expand a `*`."""
    return ":".join(str(path) for path in sorted(part(settings, name).glob("*.jar")))


def missing(settings: Settings, jars: Iterable[Jar]) -> list[Jar]:
    """The jars that are absent or differ from the lock; reads every byte of the others."""
    context = maven_context(settings.home)
    return [jar for jar in jars if not _matches(_cached(artifact(context, jar.coordinate)), jar)]


def fetch(settings: Settings, jars: Iterable[Jar], advance: Advance = lambda _count: None) -> None:
    """Download `jars` one after the other (threads make jgo slower), trusting nothing but the lock's sha256.

    `advance` is told of bytes as they arrive. Raises TransientError when the repository does not answer, and
    ConfigurationError when it keeps giving a file that is not the locked one.
    """
    context = maven_context(settings.home, advance)
    for jar in jars:
        _fetch_one(artifact(context, jar.coordinate), jar)


def link_sets(settings: Settings, lock: dict[str, tuple[Jar, ...]]) -> None:
    """Make `home/parts/<set>/` hold exactly the set's files, as links into the cache."""
    context = maven_context(settings.home)
    for name, jars in lock.items():
        folder = part(settings, name)
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {path.name: path for path in (_cached(artifact(context, jar.coordinate)) for jar in jars)}
        for link in folder.iterdir():
            if link.is_symlink() and (link.name not in wanted or link.readlink() != wanted[link.name]):
                link.unlink()
        for file_name, target in wanted.items():
            if not (folder / file_name).is_symlink():
                (folder / file_name).symlink_to(target)


def maven_context(home: Path, advance: Advance = lambda _count: None) -> MavenContext:
    """A view of the repository through jgo, with our own cache."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - 0.2 s that most commands need not pay

    @contextmanager
    def progress(_filename: str, _total: int) -> Iterator[Advance]:
        # Told in chunks of 8 KB, a progress bar would take longer than the download.
        untold = 0

        def tell(count: int) -> None:
            nonlocal untold
            untold += count
            if untold >= _CHUNK_BYTES:
                advance(untold)
                untold = 0

        yield tell
        advance(untold)

    return MavenContext(
        resolver=PythonResolver(progress_callback=progress),
        repo_cache=home / "cache" / "m2",
        local_repos=[],
        timeout=_TIMEOUT_SECONDS,
    )


def artifact(context: MavenContext, coordinate: str) -> Artifact:
    """The artifact that a coordinate names; raises ConfigurationError for text that is not one."""
    fields = coordinate.split(":")
    if not 3 <= len(fields) <= 5:  # noqa: PLR2004 - the grammar of a coordinate
        raise ConfigurationError(f"{coordinate!r} is not group:artifact:version[:classifier[:type]].")
    group, name, version, classifier, packaging = (*fields, "", "jar")[:5] if len(fields) != 4 else (*fields, "jar")  # noqa: PLR2004
    return context.project(group, name).at_version(version).artifact(classifier=classifier, packaging=packaging)


def sha256_of(path: Path) -> str:
    """A file's digest in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _cached(wanted: Artifact) -> Path:
    path = wanted.cached_path
    if path is None:
        raise ConfigurationError(f"{wanted} has no place in the cache.")
    return Path(path)


def _matches(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size and sha256_of(path) == jar.sha256


def _fetch_one(wanted: Artifact, jar: Jar) -> None:
    path = _cached(wanted)
    problem: Exception | None = None
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(2 ** (attempt - 1))
        # jgo writes to the final name: a killed download leaves a short file that it would trust next time.
        path.unlink(missing_ok=True)
        try:
            wanted.resolve()
        except (OSError, RuntimeError) as error:
            problem = error
            continue
        if _matches(path, jar):
            return
        problem = None
        path.unlink()
    if problem is not None:
        raise TransientError(
            f"Could not download {jar.coordinate}: {type(problem).__name__}.",
            hint="Check the network to the Maven repository ('./atalaya doctor') and run the command again.",
        ) from problem
    raise ConfigurationError(
        f"{jar.coordinate} is not the file that the lock names (sha256 differs).",
        hint="Do not use it. If the lock itself is old, remake it with './atalaya lock'.",
    )
