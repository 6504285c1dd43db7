"""Tokens for direct identifiers: keyed HMAC-SHA256, so that equal values stay joinable and none can be guessed.

The construction is RFC 2104's, spelt out in SQL because DuckDB hashes but knows no HMAC.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from contracts.settings import Settings

PREFIX = "tok_"
_BLOCK_BYTES = 64


def token(key: bytes, value: str) -> str:
    """The token of one value: what a program outside SQL compares with."""
    return PREFIX + hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


def token_key(settings: Settings) -> bytes:
    """The platform's key; raises ConfigurationError when there is none."""
    return settings.secret("token_key").get_secret_value().encode()


def hmac_pads(key: bytes) -> tuple[str, str]:
    """RFC 2104's inner and outer padded key, in hexadecimal: what a statement that builds the hash itself needs."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (bytes(byte ^ mask for byte in block).hex() for mask in (0x36, 0x5C))
    return inner, outer


def define_tokenise(session: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Give the session `tokenise(text)`; null stays null."""
    inner, outer = hmac_pads(key)
    session.execute(
        f"create or replace temp macro tokenise(plain) as '{PREFIX}' || "
        f"sha256(from_hex('{outer}') || from_hex(sha256(from_hex('{inner}') || encode(plain))))"
    )
