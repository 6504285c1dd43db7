"""Other people's history, into the same tables and topics as everything else."""

from sources.importing.loading import ImportSummary, import_transactions
from sources.importing.mapping import Mapping, load_mapping

__all__ = ["ImportSummary", "Mapping", "import_transactions", "load_mapping"]
