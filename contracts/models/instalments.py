"""Where it stands what is due on a product's loans."""

from __future__ import annotations

from contracts.models.shapes import Declared

# What is read of an instalment; a table of instalments has it all, by these names.
READ = ("due_date", "due_amount", "paid_amount", "paid_at", "updated_at")


class Instalments(Declared):
    """The table, whose rows name their loan by its key.

    `tax` is the column of what the lender collects for the state with it, `interest` that of the interest in it; what is left of
    the amount due is principal. Without `interest` the system does not split it.
    """

    table: str
    tax: str = ""
    interest: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*READ, *filter(None, [self.tax, self.interest]))
