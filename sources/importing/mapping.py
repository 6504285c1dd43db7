"""A mapping file: which columns of somebody's file are which columns of account_transactions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from contracts.durations import parse_duration
from contracts.errors import AtalayaError, ConfigurationError, InvalidInputError
from contracts.money import load_currencies
from contracts.tables import find_table

DIRECTORY = Path(__file__).parent.parent / "mappings"


def _delay(text: object) -> object:
    """A duration as contracts write it; the problem is a ValueError here, so that the mapping's key gets named."""
    try:
        return parse_duration(text) if isinstance(text, str) else text
    except ConfigurationError as error:
        raise ValueError(str(error)) from error


Delay = Annotated[timedelta, BeforeValidator(_delay)]

# Filled by the import itself, and never by a mapping.
_OWN = {"tenant_id", "attempt", "updated_at", "remittance_order_id"}
_REQUIRED = ("transaction_id", "account_id", "leg", "kind", "channel", "amount", "currency", "occurred_at")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Model):
    """A column of the file; `prefix` goes before each value, so that identifiers of two files never meet."""

    source: str
    prefix: str = Field(default="", max_length=32)


class Tenant(_Model):
    """The tenant that the rows belong to; `country` decides the jurisdiction."""

    id: str = Field(default="imported", min_length=1, max_length=64)
    name: str = "Imported history"
    country: str = Field(pattern=r"^[A-Z]{2}$")


class Label(_Model):
    """Where the file says what was fraud, and how long after the movement that became known."""

    source: str
    fraud_values: tuple[str, ...] = Field(min_length=1)
    delay: Delay = timedelta(days=7)
    kind: Literal["chargeback", "dispute", "disposition"] = "dispute"


class Mapping(_Model):
    """The whole file; `columns` and `constants` name columns of account_transactions."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    tenant: Tenant
    time_zone: str = "UTC"
    columns: dict[
        str, Annotated[Source, BeforeValidator(lambda spec: {"source": spec} if isinstance(spec, str) else spec)]
    ]
    constants: dict[str, str] = {}
    label: Label | None = None

    @model_validator(mode="after")
    def _agree(self) -> Mapping:
        _zone(self.time_zone)
        declared = {column.name: column for column in find_table("diasporacore", "account_transactions").columns}
        for part in ("columns", "constants"):
            for name in getattr(self, part):
                if name not in declared or name in _OWN:
                    raise _problem(f"{part}.{name}", "is no column of account_transactions that an import may fill")
        for name in self.columns.keys() & self.constants.keys():
            raise _problem(f"constants.{name}", "is mapped from a column as well")
        for name in _REQUIRED:
            if name not in self.columns and name not in self.constants:
                raise _problem(f"columns.{name}", "is needed, here or in 'constants'")
        for name, value in self.constants.items():
            allowed = declared[name].values
            if allowed and value not in allowed:
                raise _problem(f"constants.{name}", f"{value!r} is not one of {', '.join(allowed)}")
        currency = self.constants.get("currency")
        if currency is not None and currency not in load_currencies():
            raise _problem("constants.currency", f"{currency!r} is not a currency that the platform knows")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times that carry none."""
        return ZoneInfo(self.time_zone)

    @property
    def sources(self) -> list[str]:
        """The columns that the file must have."""
        names = [source.source for source in self.columns.values()]
        return list(dict.fromkeys(names + ([self.label.source] if self.label else [])))


def load_mapping(reference: str | Path) -> Mapping:
    """The mapping of a file, or of a name that `sources/mappings` has; raises InvalidInputError naming the key."""
    path = Path(reference)
    if not path.exists() and (DIRECTORY / f"{reference}.yml").exists():
        path = DIRECTORY / f"{reference}.yml"
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Mapping.model_validate(document)
    except FileNotFoundError:
        known = ", ".join(sorted(found.stem for found in DIRECTORY.glob("*.yml")))
        raise InvalidInputError(f"no mapping file {path}", field="mapping", hint=f"Included ones: {known}.") from None
    except yaml.YAMLError as error:
        raise InvalidInputError(f"{path} is no YAML: {' '.join(str(error).split())}", field="mapping") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"] if part != "function-before") or "mapping"
        raise InvalidInputError(f"{first['msg']} ({path})", field=field) from error


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError):
        raise _problem("time_zone", f"{name!r} is no IANA time zone") from None


def _problem(field: str, message: str) -> AtalayaError:
    return InvalidInputError(message, field=field)
