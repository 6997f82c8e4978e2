"""Filters for steps that are guesses: what one depends on, and when a loosening is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import shown_filter
from ..plugin_utils._domain.operation import plain
from ..plugin_utils._domain.remediation import history as remediation_history


def step_depends(validation: Any, step: str, request: Any = None) -> str:
    """See plugins/filter/step_depends.yml."""
    if step not in remediation_history.STEPS:
        raise AnsibleFilterError(f"step must be one of {', '.join(remediation_history.STEPS)}, not {step!r}")
    try:
        return remediation_history.fingerprint(step, plain(validation), plain(request))
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"step_depends requires the registered result of windefend.maps.maps_connection_info; {error!r}"
        ) from error


def loosening_refusal(endpoints: Any) -> str:
    """See plugins/filter/loosening_refusal.yml."""
    try:
        return remediation_history.pinning_blocker(endpoints)
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"loosening_refusal requires the registered result of windefend.maps.endpoint_info; {error!r}"
        ) from error


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {"step_depends": shown_filter(step_depends), "loosening_refusal": shown_filter(loosening_refusal)}
