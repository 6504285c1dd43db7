"""dbt as the platform runs it: settings in, no secret in a file, everything it writes under the platform's state."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from contracts.errors import PermanentError
from contracts.settings import PROJECT, Settings

DBT_PROJECT = PROJECT / "dbt_project"
_TAIL_LINES = 20


def dbt_home(settings: Settings) -> Path:
    """Where dbt's target (manifest, partial parse) and logs are kept."""
    return settings.state / "dbt"


def target(settings: Settings) -> Path:
    """The target folder of dbt, the same for every run so that parsing starts from the last one."""
    return dbt_home(settings) / "target"


def executable() -> Path:
    """The dbt of this environment."""
    return Path(sys.executable).parent / "dbt"


def set_environment(settings: Settings) -> None:
    """Give this process, and so the dbt that it starts, what profiles.yml asks for."""
    os.environ.update(
        {
            "ATALAYA_WAREHOUSE_HOST": settings.postgres_host,
            "ATALAYA_WAREHOUSE_PORT": str(settings.port("postgres")),
            # dbt masks variables of this prefix in its logs.
            "DBT_ENV_SECRET_WAREHOUSE_PASSWORD": settings.secret("postgres_warehouse").get_secret_value(),
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_TARGET_PATH": str(target(settings)),
            "DBT_LOG_PATH": str(dbt_home(settings) / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }
    )


def prepare_manifest(settings: Settings) -> Path:
    """The manifest's path, parsed anew when a file of the project is newer than it.

    Raises PermanentError with the end of dbt's output when the project does not parse.
    """
    set_environment(settings)
    manifest = target(settings) / "manifest.json"
    sources = [path for path in DBT_PROJECT.rglob("*") if path.is_file()]
    if manifest.exists() and manifest.stat().st_mtime >= max(path.stat().st_mtime for path in sources):
        return manifest
    target(settings).mkdir(parents=True, exist_ok=True)
    command = [str(executable()), "--no-use-colors", "parse", "--project-dir", str(DBT_PROJECT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-_TAIL_LINES:])
        raise PermanentError(f"The dbt project does not parse:\n{tail}")
    return manifest
