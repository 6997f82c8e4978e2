"""The filter windefend.maps.parse_validation; its documentation is parse_validation.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import shown_filter
from ..plugin_utils._windows import hresult, mpcmdrun

NAME = "windefend.maps.parse_validation"


def parse_validation(output: object, exit_code: object = None) -> dict[str, Any]:
    """What ValidateMapsConnection printed, as a dictionary."""
    if not isinstance(output, (str, bytes)):
        raise AnsibleFilterError(f"{NAME}: position 0: {type(output).__name__} is not text")
    if exit_code is not None and (not isinstance(exit_code, int) or isinstance(exit_code, bool)):
        raise AnsibleFilterError(f"{NAME}: exit_code: {exit_code!r} is not an integer")
    seen = mpcmdrun.parse_validation(output, exit_code)
    return {
        "connected": seen.connected,
        "hresult": hresult.format_code(seen.hresult) if seen.hresult is not None else None,
        "hresult_meaning": hresult.explain(seen.hresult).text if seen.hresult is not None else None,
        "httpcore": seen.http_code,
        "failed_line": seen.failed_line,
        "last_success": seen.last_success,
        "notes": list(seen.notes),
    }


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by name."""
        return {"parse_validation": shown_filter(parse_validation)}
