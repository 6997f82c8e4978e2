"""The filter windefend.maps.explain_hresult; its documentation is explain_hresult.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import shown_filter
from ..plugin_utils._windows import hresult

NAME = "windefend.maps.explain_hresult"


def explain_hresult(code: object) -> dict[str, Any]:
    """What an HRESULT is called and means."""
    if not isinstance(code, (str, int)) or isinstance(code, bool):
        raise AnsibleFilterError(f"{NAME}: position 0: {type(code).__name__} is neither text nor an integer")
    try:
        meaning = hresult.explain(code)
    except ValueError as error:
        raise AnsibleFilterError(f"{NAME}: position 0: {error}") from error
    return {
        "code": hresult.format_code(meaning.code),
        "signed": meaning.code - (1 << 32) if meaning.code & 0x80000000 else meaning.code,
        "name": meaning.name,
        "text": meaning.text,
        "source": meaning.source,
        "known": meaning.known,
        "likely": [hresult.format_code(one) for one in meaning.likely],
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"explain_hresult": shown_filter(explain_hresult)}
