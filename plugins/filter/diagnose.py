"""Filter that weighs a validation together with what probes of the same host found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import check_language, shown_filter
from ..plugin_utils._domain.diagnosis import diagnosis_result, observe
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE
from ..plugin_utils._domain.operation import plain


def diagnose(
    assessment: Any,
    endpoints: Any = None,
    root_update: Any = None,
    candidate: Any = None,
    language: str = DEFAULT_LANGUAGE,
) -> Any:
    """See plugins/filter/diagnose.yml."""
    check_language(language)
    if not isinstance(assessment, Mapping):
        raise AnsibleFilterError("diagnose requires the registered result of windefend.maps.maps_connection_info")
    if assessment.get("unreachable") or (assessment.get("failed") and "host" not in assessment):
        return assessment
    before = assessment.get("probed") or {}
    given = {"endpoints": endpoints, "root_update": root_update, "candidate": candidate}
    probed = {name: result if result is not None else before.get(name) for name, result in given.items()}
    try:
        observation = observe(assessment["host"], assessment, **probed)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AnsibleFilterError(
            f"diagnose requires the registered result of windefend.maps.maps_connection_info; {error!r} is missing"
        ) from error
    return {**plain(assessment), **plain(diagnosis_result(observation, language)), "probed": plain(probed)}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {"diagnose": shown_filter(diagnose)}
