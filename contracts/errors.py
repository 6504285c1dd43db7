"""The error taxonomy. Whoever catches an error decides by its class, never by its text.

AtalayaError
├── PermanentError      trying again cannot help: a person or a caller has to change something
│   ├── ConfigurationError   the machine, the settings or a contract file
│   ├── InvalidInputError    data from outside; names the field and, where there is one, the row
│   └── NotFoundError        the thing asked for does not exist
└── TransientError      the same call may succeed later: a service is starting, a deadline passed
"""

from __future__ import annotations

from http import HTTPStatus


class AtalayaError(Exception):
    """The root: a message for people, and the next step they can take.

    `status` is what the API answers when the error reaches it.
    """

    status: HTTPStatus = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class PermanentError(AtalayaError):
    """Trying again cannot help."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ConfigurationError(PermanentError):
    """The machine, the settings or a contract file must change first."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class InvalidInputError(PermanentError):
    """Data from outside breaks its contract; `field` is a dotted path, `row` counts from 1."""

    def __init__(self, message: str, *, field: str, row: int | None = None, hint: str = "") -> None:
        where = field if row is None else f"row {row}, {field}"
        super().__init__(f"{where}: {message}", hint=hint)
        self.field = field
        self.row = row


class NotFoundError(PermanentError):
    """The thing asked for does not exist."""

    status = HTTPStatus.NOT_FOUND


class TransientError(AtalayaError):
    """The same call may succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
