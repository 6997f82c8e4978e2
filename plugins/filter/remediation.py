"""Filters that the role remediate is built on: the plan, a host's report, the fleet's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._ansible import check_language, shown_filter
from ..plugin_utils._domain.diagnosis import observe
from ..plugin_utils._domain.language import DEFAULT_LANGUAGE, shown_all
from ..plugin_utils._domain.operation import plain
from ..plugin_utils._domain.proxy import ProxySettings
from ..plugin_utils._domain.remediation import outcome as remediation_outcome, plan


def remediation_plan(
    assessment: Any,
    winhttp_proxy: Any = None,
    bypass_list: Any = None,
    firewall: bool = True,
    ssl_options_workaround: str = "never",
    language: str = DEFAULT_LANGUAGE,
    root_dir_url: str = "",
) -> Any:
    """See plugins/filter/remediation_plan.yml."""
    if ssl_options_workaround not in plan.WORKAROUNDS:
        raise AnsibleFilterError(
            f"ssl_options_workaround must be one of {', '.join(plan.WORKAROUNDS)}, not {ssl_options_workaround!r}"
        )
    check_language(language)
    try:
        host = assessment["host"]
        winhttp = host["proxy"]["winhttp"]
        observation = observe(host, assessment, **(assessment.get("probed") or {}))
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"remediation_plan requires the registered result of windefend.maps.maps_connection_info; {error!r} is "
            "missing"
        ) from error
    requested = plan.Allowed(
        plan.proxy_settings(winhttp_proxy, bypass_list), bool(firewall), ssl_options_workaround, str(root_dir_url or "")
    )
    current = ProxySettings(winhttp["http"], winhttp["https"], tuple(winhttp["bypass_list"]))
    return plain(plan.plan(observation, current, requested, language))


def remediation_report(
    assessment: Any,
    plan: Any,
    steps: Any = (),
    after: Any = None,
    failure: str = "",
    check_mode: bool = False,
    detection: Any = None,
    started: str = "",
    finished: str = "",
    notes: Any = (),
    debt: Any = (),
    language: str = DEFAULT_LANGUAGE,
) -> Any:
    """See plugins/filter/remediation_report.yml."""
    check_language(language)
    if isinstance(assessment, Mapping) and assessment.get("unreachable"):
        return remediation_outcome.unreachable_report(
            str(assessment.get("msg", "")), str(started), str(finished), bool(check_mode)
        )
    try:
        return plain(
            remediation_outcome.host_report(
                before=assessment,
                plan=plan,
                steps=steps,
                after=after,
                failure=failure,
                check_mode=check_mode,
                detection=detection,
                started=str(started),
                finished=str(finished),
                notes=notes,
                debt=debt,
                language=language,
            )
        )
    except (KeyError, TypeError) as error:
        raise AnsibleFilterError(
            f"remediation_report requires the data that the role remediate recorded; {error!r}"
        ) from error


def fleet_report(hostvars: Any, hosts: Any, settled: Any = None) -> Any:
    """See plugins/filter/fleet_report.yml."""
    found: dict[str, Any] = dict(plain(settled or {}))
    for name in hosts:
        if name in found:
            continue
        variables = hostvars[name]
        if variables.get("remediate_report"):
            found[name] = plain(variables["remediate_report"])
        elif variables.get("remediate_started"):
            begun = variables.get("remediate_step_begun", "")
            found[name] = remediation_outcome.unreachable_report(
                "the connection was lost after the start of this host"
                + (f", during or after the step {begun}, which may be partly done" if begun else "")
                + "; Ansible's output shows what had changed until then. Run the playbook again to complete the repair",
                str(variables["remediate_started"]),
            )
    return plain(remediation_outcome.fleet_report({name: shown_all(one) for name, one in found.items()}))


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {
            "remediation_plan": shown_filter(remediation_plan),
            "remediation_report": shown_filter(remediation_report),
            "fleet_report": fleet_report,
        }
