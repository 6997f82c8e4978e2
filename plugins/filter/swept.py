"""Filters that tell which hosts of a sweep want a look of their own, and what is known of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import check_language, shown_filter
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, shown_all
from ..plugin_utils._domain.operation import plain
from ..plugin_utils._domain.remediation import healthy as remediation_healthy


def _hosts(swept: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(swept, Mapping) or not all(isinstance(one, Mapping) for one in swept.values()):
        raise AnsibleFilterError(f"{name} requires the value 'hosts' of the result of windefend.maps.sweep")
    return swept


def hosts_needing_follow_up(swept: Any, probe: bool = True) -> Any:
    """See plugins/filter/hosts_needing_follow_up.yml."""
    return [
        name
        for name, one in _hosts(swept, "hosts_needing_follow_up").items()
        if not remediation_healthy.needs_no_probe(one, bool(probe))
    ]


def settled_reports(swept: Any, finished: str = "", check_mode: bool = False, language: str = DEFAULT_LANGUAGE) -> Any:
    """See plugins/filter/settled_reports.yml."""
    check_language(language)
    found = {}
    for name, one in _hosts(swept, "settled_reports").items():
        if remediation_healthy.is_healthy(one):
            report = remediation_healthy.healthy_report(
                one, finished=str(finished), check_mode=bool(check_mode), language=language
            )
            found[name] = shown_all(plain(report))
    return found


def swept_result(result: Any) -> Any:
    """See plugins/filter/swept_result.yml."""
    if not isinstance(result, Mapping):
        raise AnsibleFilterError(
            "swept_result requires the value of one host in 'hosts' of the result of windefend.maps.sweep"
        )
    try:
        return remediation_healthy.unpacked(result)
    except (TypeError, ValueError) as error:
        raise AnsibleFilterError(f"swept_result: 'details' is not a result of windefend.maps.sweep: {error}") from error


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {
            "hosts_needing_follow_up": hosts_needing_follow_up,
            "settled_reports": settled_reports,
            "swept_result": shown_filter(swept_result),
        }
