"""What a sweep alone settles, so that nobody needs to look at the host by itself. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..diagnosis import diagnosis_result, observe
from ..language import DEFAULT_LANGUAGE
from ..operation import plain
from ..proxy import ProxySettings
from . import outcome as remediation_outcome, plan

SECURE_VALUES = (None, 3)
"""Values of SSLOptions that loosen nothing: not set, or both checks on. Any other is a debt that wants a look."""


def needs_no_probe(result: Mapping[str, Any], probe: bool) -> bool:
    """Whether it was read and validated, and no probe would tell more; `result` is the host's part of a sweep."""
    return "probes" in result and not (probe and result["probes"])


def unpacked(result: Mapping[str, Any]) -> dict[str, Any]:
    """A host's part of a sweep as the module for one host gives it, its details unpacked. Raises ValueError."""
    if "details" not in result:
        return dict(result)
    details = json.loads(result["details"])
    if not isinstance(details, dict):
        raise ValueError("the details are not a JSON object")
    return {**{name: value for name, value in result.items() if name != "details"}, **details}


def is_healthy(result: Mapping[str, Any]) -> bool:
    """Whether a remediation would find nothing to do: MAPS answers, and no check is loosened."""
    return bool(
        needs_no_probe(result, probe=True)
        and result.get("connected")
        and unpacked(result)["host"]["spynet"]["ssl_options"] in SECURE_VALUES
    )


def healthy_report(
    result: Mapping[str, Any], *, finished: str = "", check_mode: bool = False, language: str = DEFAULT_LANGUAGE
) -> dict[str, Any]:
    """The report of such a host, as the role remediate would have made it. `finished` as RFC 3339 writes times."""
    result = unpacked(result)
    winhttp = result["host"]["proxy"]["winhttp"]
    current = ProxySettings(winhttp["http"], winhttp["https"], tuple(winhttp["bypass_list"]))
    seen = observe(result["host"], result)
    made = plan.plan(seen, current, plan.Allowed(), language)
    outcome = {"outcome": made.outcome, "cause": made.cause, "reason": made.reason}
    return remediation_outcome.host_report(
        before={**result, **plain(diagnosis_result(seen, language))},
        plan=outcome,
        steps=(),
        after=None,
        check_mode=check_mode,
        started=finished,
        finished=finished,
        language=language,
    )
