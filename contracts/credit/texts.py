"""Words for customers in every language that the platform speaks."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import AfterValidator

from contracts.rules import Language

_LANGUAGES = frozenset(get_args(Language))


def _complete(texts: dict[Language, str]) -> dict[Language, str]:
    if missing := _LANGUAGES - {language for language, text in texts.items() if text}:
        raise ValueError(f"no text in {', '.join(sorted(missing))}")
    return texts


Texts = Annotated[dict[Language, str], AfterValidator(_complete)]
