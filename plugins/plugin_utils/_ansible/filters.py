"""The exit of every filter: what it gives, and what it fails with, is shown safely, as in exit.py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from .._domain.language import LANGUAGES, shown, shown_all


def shown_filter(work: Callable[..., Any]) -> Callable[..., Any]:
    """The filter `work`, whose texts from hosts may be printed."""

    @functools.wraps(work)
    def filtered(*values: Any, **options: Any) -> Any:
        try:
            return shown_all(work(*values, **options))
        except AnsibleFilterError as error:
            raise AnsibleFilterError(shown(str(error))) from None

    return filtered


def check_language(language: str) -> None:
    """Raises AnsibleFilterError for a language that nothing is worded in."""
    if language not in LANGUAGES:
        raise AnsibleFilterError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
