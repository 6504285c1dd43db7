"""`python -m tests.unit.ml.trained_digest`: the digests of models trained from the tests' rows, to be compared between processes."""

from __future__ import annotations

import hashlib
import sys

from contracts.models import micro_loan_model
from ml.credit.run import train_card
from ml.fraud.run import train_fraud
from tests.unit.ml.applications import loans
from tests.unit.ml.movements import decisions, labels


def digests() -> list[str]:
    """sha256 of a fraud model and of a card."""
    movements = decisions(count=3000)
    contents = train_fraud(movements, labels(movements)).content, train_card(micro_loan_model(), loans()).content
    return [hashlib.sha256(content).hexdigest() for content in contents]


if __name__ == "__main__":
    sys.stdout.write("\n".join(digests()) + "\n")
