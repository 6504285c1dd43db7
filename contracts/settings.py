"""Where everything is: one typed settings object, filled from `ATALAYA_*` variables and the state's secrets file.

Code never asks which profile it runs in; it asks this object for addresses. The local stack writes
`secrets.json` with random values when it first starts; the cluster profile passes each secret as a variable.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parent.parent

# Offsets from the port base: one number moves the whole stack.
PORT_OFFSETS = {
    "postgres": 0,
    "kafka": 1,
    "kafka_controller": 2,
    "connect": 3,
    "flink": 4,
    "valkey": 5,
    "api": 6,
    "dashboard": 7,
    "mlflow": 8,
    "dagster": 9,
    "flink_rpc": 10,
    "flink_data": 11,
    "flink_task_rpc": 12,
    "flink_blob": 13,
    "recorder": 14,
    "flink_task_metrics": 15,
}

Service = Literal[
    "postgres",
    "kafka",
    "kafka_controller",
    "connect",
    "flink",
    "valkey",
    "api",
    "dashboard",
    "mlflow",
    "dagster",
    "flink_rpc",
    "flink_data",
    "flink_task_rpc",
    "flink_blob",
    "recorder",
    "flink_task_metrics",
]

# Each database belongs to the role of its name; the other roles are the ones that may only read or replicate.
Database = Literal["operations", "lake", "warehouse", "platform", "mlflow", "dagster", "feast"]
DATABASES: tuple[Database, ...] = ("operations", "lake", "warehouse", "platform", "mlflow", "dagster", "feast")
Profile = Literal["local", "cluster"]
Role = Literal[
    "atalaya", "operations", "lake", "warehouse", "platform", "mlflow", "dagster", "feast", "debezium", "dashboard"
]
ROLES: tuple[Role, ...] = (
    "atalaya",
    "operations",
    "lake",
    "warehouse",
    "platform",
    "mlflow",
    "dagster",
    "feast",
    "debezium",
    "dashboard",
)


def default_home() -> Path:
    """Where state lives unless told: PostgreSQL refuses root and cannot read below /root, hence /var/lib."""
    return Path("/var/lib/atalaya") if os.geteuid() == 0 else PROJECT / ".atalaya"


def secret_variable(name: str) -> str:
    """The environment variable that a process is given a secret by."""
    return f"ATALAYA_SECRET_{name.upper()}"


class Settings(BaseSettings):
    """Addresses, ports and secrets of one running platform.

    `home` holds what can be downloaded again (environments, jars); `state` holds one platform's data, so that
    several can stand side by side on one machine with different `port_base`. `task_heap_mib` is what the local
    TaskManager's tasks may fill: the state of every account and other key is in it. `optimised_landing` lets Connect compile
    for speed, which costs two minutes of a core and pays off where millions of rows land (docs/decisions/0011). `kept_wal_mib`
    is how much log the local PostgreSQL keeps for a slot that is behind: beyond it the slot is lost, and tables are read anew.
    `metrics_age_millis` is how old a figure may be that the local Flink tells. `bench_data` holds the public data that benchmarks compare on; nothing else needs it.
    """

    model_config = SettingsConfigDict(env_prefix="ATALAYA_", extra="ignore")

    profile: Profile = "local"
    home: Path = Field(default_factory=default_home)
    state: Path = Path()
    port_base: int = 24100
    host: str = "127.0.0.1"
    kafka_bootstrap: str = ""
    connect_url: str = ""
    flink_url: str = ""
    valkey_url: str = ""
    postgres_host: str = ""
    warehouse_location: str = ""
    task_heap_mib: int = 768
    optimised_landing: bool = False
    kept_wal_mib: int = 2048
    metrics_age_millis: int = 500
    bench_data: Path = PROJECT.parent / "shared" / "data"

    def model_post_init(self, _context: object) -> None:
        """Derive what was not given."""
        if self.state == Path():
            self.state = self.home / "state"
        self.kafka_bootstrap = self.kafka_bootstrap or f"{self.host}:{self.port('kafka')}"
        self.connect_url = self.connect_url or f"http://{self.host}:{self.port('connect')}"
        self.flink_url = self.flink_url or f"http://{self.host}:{self.port('flink')}"
        self.valkey_url = self.valkey_url or f"{self.host}:{self.port('valkey')}"
        self.postgres_host = self.postgres_host or self.host
        self.warehouse_location = self.warehouse_location or f"file://{self.state / 'lakehouse'}"

    def port(self, service: Service) -> int:
        """The TCP port of a service of the local stack."""
        return self.port_base + PORT_OFFSETS[service]

    def url(self, service: Service) -> str:
        """The HTTP address of a service of the local stack."""
        return f"http://{self.host}:{self.port(service)}"

    @property
    def models_directory(self) -> Path:
        """Where models are published for the job and the API to watch (contracts.models.files)."""
        return self.state / "models"

    @property
    def rules_file(self) -> Path:
        """The compiled rule packs and decision policy that the kernel and the API watch."""
        return self.state / "rules" / "active.json"

    @property
    def reports_directory(self) -> Path:
        """Where filed reports and their evidence are kept, never overwritten."""
        return self.state / "reports"

    @property
    def truth_directory(self) -> Path:
        """What the workload planted; read only by whoever judges the result, never by a pipeline."""
        return self.state / "truth"

    def child_environment(self) -> dict[str, str]:
        """What tells a child process which platform it belongs to, to be added to its environment."""
        return {
            "ATALAYA_HOME": str(self.home),
            "ATALAYA_STATE": str(self.state),
            "ATALAYA_PORT_BASE": str(self.port_base),
            "ATALAYA_TASK_HEAP_MIB": str(self.task_heap_mib),
            "ATALAYA_OPTIMISED_LANDING": str(self.optimised_landing).lower(),
            "ATALAYA_KEPT_WAL_MIB": str(self.kept_wal_mib),
        }

    def secret(self, name: str) -> SecretStr:
        """A named secret: `ATALAYA_SECRET_<NAME>` first, then the local secrets file.

        Raises ConfigurationError when neither has it: there are no default secrets.
        """
        value = os.environ.get(secret_variable(name))
        if value is None and self.profile == "local":
            value = _local_secrets(self.state / "secrets.json").get(name)
        if value is None:
            raise ConfigurationError(
                f"No secret named {name!r}.",
                hint=f"Set {secret_variable(name)}, or start the local stack once with './atalaya up'.",
            )
        return SecretStr(value)

    def database_url(self, database: Database, role: Role | None = None, driver: str = "postgresql") -> str:
        """A database's address for a role (its owner by default), password included: never log it.

        `driver` is the URL scheme: `postgresql` for psycopg, `postgresql+psycopg` for SQLAlchemy.
        """
        user = role or database
        password = self.secret(f"postgres_{user}").get_secret_value()
        return f"{driver}://{user}:{password}@{self.postgres_host}:{self.port('postgres')}/{database}"


def _local_secrets(path: Path) -> dict[str, str]:
    try:
        secrets: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return secrets


def load_settings() -> Settings:
    """The settings of this process, read afresh from its environment."""
    return Settings()
