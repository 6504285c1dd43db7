"""Public credit sets: a file describes one (tests/bench/credit/SET.yml), this reads its rows for the modelling code."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd  # type: ignore[import-untyped]
import yaml
from pydantic import Field

from contracts.errors import ConfigurationError
from contracts.models.credit import CreditDesign, credit_design
from contracts.models.shapes import Declared, validated
from contracts.settings import Settings
from ml.credit.dataset import feature_frame

DIRECTORY = Path(__file__).parent / "credit"


class Source(Declared):
    """A file below the folder of sets; `members` lead through archives within it. Without `header`, `names` are given.

    With `fold_case`, texts are read in upper case, and the other texts of the description are to be written so.
    """

    file: str
    members: tuple[str, ...] = ()
    encoding: str = "utf-8"
    separator: str
    header: bool = False
    names: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("",)
    fold_case: bool = False


class Target(Declared):
    """The column of the outcome and the text that says default."""

    column: str
    bad: str


class Costs(Declared):
    """What errors cost, in any one unit: a bad applicant accepted, a good one refused."""

    bad_accepted: Annotated[float, Field(gt=0)]
    good_refused: Annotated[float, Field(gt=0)]

    @property
    def refuse_from(self) -> float:
        """The probability of default from which refusing costs less."""
        return self.good_refused / (self.good_refused + self.bad_accepted)


class Published(Declared):
    """AUC of others under the same protocol."""

    best: float
    logistic: float
    source: str


class CreditSet(CreditDesign):
    """One set; `repetitions` are the N of N x 2 cross-validation."""

    set: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    source: Source
    target: Target
    costs: Costs
    repetitions: int = Field(ge=1)
    published: Published | None = None


@dataclass(frozen=True)
class Applicants:
    """Features as the modelling code takes them, and whether each applicant defaulted."""

    features: pd.DataFrame
    default: npt.NDArray[np.bool_]


def read_set(path: Path) -> CreditSet:
    """A set's description; raises ConfigurationError when it breaks its shape."""
    return validated(CreditSet, credit_design(yaml.safe_load(path.read_text(encoding="utf-8"))))


def described_sets() -> tuple[CreditSet, ...]:
    """The sets described beside this file, by name."""
    return tuple(read_set(path) for path in sorted(DIRECTORY.glob("*.yml")))


def read_applicants(described: CreditSet, settings: Settings) -> Applicants:
    """Every row, texts without outer blanks. Raises ConfigurationError where the file is absent."""
    source = described.source
    path = settings.bench_data / "credit" / source.file
    if not path.exists():
        raise ConfigurationError(
            f"The credit set {described.set!r} is absent: there is no {path}.",
            hint="ATALAYA_BENCH_DATA names the folder that holds credit/.",
        )
    rows = _table(path, source)
    default = rows[described.target.column].eq(described.target.bad).to_numpy(dtype=np.bool_)
    columns = rows.drop(columns=described.target.column)
    numbers = [name for item in described.features if item.kind == "number" for name in item.columns]
    columns = columns.assign(**{name: pd.to_numeric(columns[name]) for name in dict.fromkeys(numbers)})
    return Applicants(feature_frame(columns, described), default)


def _table(path: Path, source: Source) -> pd.DataFrame:
    content = path.read_bytes()
    for member in source.members:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read(member)
    rows = pd.read_csv(
        io.BytesIO(content),
        sep=source.separator,
        encoding=source.encoding,
        header=0 if source.header else None,
        names=None if source.header else list(source.names),
        dtype=str,
        keep_default_na=False,
    )
    rows = rows.apply(lambda texts: texts.str.strip().str.upper() if source.fold_case else texts.str.strip())
    return rows.mask(rows.isin(source.missing))
