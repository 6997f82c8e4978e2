"""Filters that tell which hosts of a sweep want a look of their own, and what is known of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import shown_filter
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, LANGUAGES, shown_all
from ..plugin_utils._domain.operation import plain
from ..plugin_utils._domain.remediation import healthy as remediation_healthy


def _hosts(swept: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(swept, Mapping) or not all(isinstance(one, Mapping) for one in swept.values()):
        raise AnsibleFilterError(f"{name} takes the map 'hosts' that windefend.maps.sweep returned")
    return swept


def swept_open(swept: Any, probe: bool = True) -> Any:
    """See plugins/filter/swept_open.yml."""
    return [
        name for name, one in _hosts(swept, "swept_open").items() if not remediation_healthy.diagnosed(one, bool(probe))
    ]


def settled_reports(swept: Any, finished: str = "", check_mode: bool = False, language: str = DEFAULT_LANGUAGE) -> Any:
    """See plugins/filter/settled_reports.yml."""
    if language not in LANGUAGES:
        raise AnsibleFilterError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    found = {}
    for name, one in _hosts(swept, "settled_reports").items():
        if remediation_healthy.healthy(one):
            report = remediation_healthy.settled_report(
                one, finished=str(finished), check_mode=bool(check_mode), language=language
            )
            found[name] = shown_all(plain(report))
    return found


def swept_result(result: Any) -> Any:
    """See plugins/filter/swept_result.yml."""
    if not isinstance(result, Mapping):
        raise AnsibleFilterError(
            "swept_result takes one host's part of the map 'hosts' that windefend.maps.sweep returned"
        )
    try:
        return remediation_healthy.whole(result)
    except (TypeError, ValueError) as error:
        raise AnsibleFilterError(f"swept_result: 'details' is no result of windefend.maps.sweep: {error}") from error


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {
            "swept_open": swept_open,
            "settled_reports": settled_reports,
            "swept_result": shown_filter(swept_result),
        }
