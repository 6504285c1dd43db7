"""The checks of `atalaya doctor`; each says what it found and how to cure it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from contracts.errors import AtalayaError
from contracts.settings import PROJECT, Settings

_DISK_BYTES = 8_000_000_000
_MEMORY_BYTES = 8_000_000_000
_NETWORK_SECONDS = 60
_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check."""

    what: str
    good: bool
    found: str
    cure: str = ""


def diagnose(settings: Settings) -> list[Finding]:
    """All findings, the quick ones first."""
    return [
        _python(),
        _disk(settings),
        _memory(),
        _certificates(),
        _ports(settings),
        _python_packages(settings),
        _java_packages(settings),
    ]


def _python() -> Finding:
    version = sys.version_info
    good = (3, 11) <= version[:2] <= (3, 12)
    return Finding(
        "python", good, f"{version.major}.{version.minor}.{version.micro} {sys.executable}", "Use 3.11 or 3.12."
    )


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.home).free
    cure = "Free some, or choose another place with ATALAYA_HOME."
    return Finding("disk", free >= _DISK_BYTES, f"{free / 1e9:.0f} GB free at {settings.home}", cure)


def _memory() -> Finding:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    available = int(fields["MemAvailable"].split()[0]) * 1024
    return Finding(
        "memory", available >= _MEMORY_BYTES, f"{available / 1e9:.1f} GB available", "The stack takes up to 7 GiB."
    )


def _certificates() -> Finding:
    paths = {name: os.environ.get(name, "") for name in _CERTIFICATES}
    good = all(Path(path).is_file() for path in paths.values() if path)
    found = ", ".join(sorted({path for path in paths.values() if path})) or "the clients' own"
    return Finding("certificates", good, found, "A variable names a file that is not there: unset it or correct it.")


def _ports(settings: Settings) -> Finding:
    from deploy.local.ports import check_ports
    from deploy.local.services import ALL
    from deploy.local.status import read_status

    if status := read_status(settings):
        return Finding("ports", True, f"used by the running stack (process {status.supervisor})")
    try:
        check_ports(settings, ALL)
    except AtalayaError as error:
        return Finding("ports", False, error.message, error.hint)
    return Finding("ports", True, f"all free from {settings.port_base} on")


def _python_packages(settings: Settings) -> Finding:
    """Ask for one small pinned package, past the cache, with the client that installs."""
    uv = settings.home / "bootstrap" / "bin" / "uv"
    command = [
        str(uv),
        "pip",
        "install",
        "--dry-run",
        "--no-cache",
        "--no-deps",
        "--reinstall",
        "--python",
        sys.executable,
    ]
    try:
        asked = subprocess.run(
            [*command, "pyyaml"], cwd=PROJECT, capture_output=True, text=True, timeout=_NETWORK_SECONDS, check=False
        )
        good, said = asked.returncode == 0, (asked.stderr.strip().splitlines() or ["no answer"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        good, said = False, str(error)
    return Finding(
        "python index", good, "answers" if good else said, "Check the network, the proxy and the certificates."
    )


def _java_packages(settings: Settings) -> Finding:
    """Ask for the versions of one artifact with the client that fetches the jars."""
    from deploy.local.jars import maven_context

    try:
        project = maven_context(settings.home).project("org.postgresql", "postgresql")
        project.update()
        good, said = True, f"answers (newest driver {project.release})"
    except Exception as error:  # noqa: BLE001 - whatever the client raises is the finding
        good, said = False, f"{type(error).__name__}: {error}"
    return Finding("maven", good, said, "Check the network, the proxy and the certificates.")
