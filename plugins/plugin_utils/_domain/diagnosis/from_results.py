"""Facts from results that came back from Ansible: the one place where dictionaries become facts again.

Rules that hold in this file
- Of a host every fact must be there; null is as where nothing was found, and what is not known is named beside it.
- Of a probe, what is missing, malformed, or of a failed or skipped task, is not seen, and never fine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from operator import itemgetter
from typing import Any, Final, TypeVar

from ..._windows.firewall_verdict import Verdict
from ..._windows.mpcmdrun import Validation
from ..firewall import Decision
from ..host import HOST, Firewall, Host
from ..operation import NOTHING_FOUND
from ..probes import Address, Probe, Route, not_probed
from ..proxy import AccountSettings, Advanced, Stores
from .observation import Observation
from .probe_evidence import ProbeEvidence, Probes, Roots

T = TypeVar("T")

NOTHING: Final = HOST.parse(dict.fromkeys(HOST.commands, NOTHING_FOUND))
"""A host of which nothing was found."""
_NO_WINHTTP: Final = replace(NOTHING.proxy.winhttp, direct=False)
_NO_ADVANCED: Final = Advanced("", "", (), "", False, None)
_OF_ACCOUNT: Final = ("enabled", "proxy", "autoconfig_url")
_OF_VERDICT: Final = itemgetter("allowed", "decided_by", "rule_name", "store", "reason")
_OF_DECISION: Final = itemgetter("program", "service", "port", "protocol")
_NOT_SEEN: Final = replace(not_probed("http://unreadable/", Route("", "", certain=False)), failure="unknown", issuer="")


def observe(
    host: Mapping[str, Any],
    validation: Mapping[str, Any] | None = None,
    endpoints: Any = None,
    root_update: Any = None,
    candidate: Any = None,
) -> Observation:
    """From the results of host_info and maps_connection_info, and where there are such of endpoint_info (by Defender's
    way, and through a suggested proxy) and root_update. Raises KeyError, TypeError for another host."""
    seen = validation or {}
    probes = Probes(probed(endpoints), probed(candidate, lists_too=True), roots(root_update))
    return Observation.from_facts(host_of(host), _answer(seen), seen.get("run_as", "current"), probes)


def host_of(result: Mapping[str, Any]) -> Host:
    """From a result of host_info. Raises KeyError, TypeError for anything else."""
    stores, firewall = result["proxy"], result["firewall"]
    advanced, accounts = stores["advanced"], stores["accounts"].items()
    return Host(
        system=_filled(NOTHING.system, result["system"]),
        defender=_filled(NOTHING.defender, result["defender"]),
        proxy=Stores(
            _filled(_NO_WINHTTP, stores["winhttp"]),
            _filled(_NO_ADVANCED, advanced) if advanced else None,
            {name: AccountSettings(*map((one or {}).get, _OF_ACCOUNT)) for name, one in accounts},
            bool(stores["settings_per_machine"]),
        ),
        caller_differs=bool(stores["caller_differs_from_system"]),
        spynet=_filled(NOTHING.spynet, {"not_numbers": (), **result["spynet"]}),
        firewall=Firewall(
            _decision(firewall["maps"]),
            _decision(firewall["crl"]),
            _decision(firewall["probe"]) if firewall.get("probe") else None,
        ),
        unknown=frozenset(one["fact"] for one in result.get("unknown", ())),
        clock_skew=result["clock_skew"],
        shown=result,
    )


def _filled(nothing: T, given: Mapping[str, Any]) -> T:
    """A dataclass from its plain values; what is null, as in `nothing`. Raises KeyError, TypeError."""
    return type(nothing)(
        *[
            value if type(value := given[name]) is type(default) else _typed(name, value, default)
            for name, default in vars(nothing).items()
        ]
    )


def _typed(name: str, value: Any, default: Any) -> Any:
    """A value of the type of `default`, or where that is None a number or a switch; `default` for null."""
    if value is None:
        return default
    if isinstance(value, list) and isinstance(default, tuple):
        return tuple(value)
    if not isinstance(value, (bool, int) if default is None else type(default)):
        raise TypeError(f"{name} is {value!r}")
    return value


def _decision(given: Mapping[str, Any]) -> Decision:
    profiles = {name: Verdict(*_OF_VERDICT(one)) for name, one in given["profiles"].items()}
    return Decision(*(*_OF_DECISION(given), _typed("verdict", given["verdict"], ""), profiles))


def _answer(given: Mapping[str, Any]) -> Validation | None:
    """What MpCmdRun answered; None where nothing was asked."""
    if given.get("connected") is None and given.get("hresult") is None:
        return None
    return Validation(given.get("connected"), _number(given.get("hresult")), given.get("httpcore"), (), "", "")


def _number(hresult: Any) -> int | None:
    if isinstance(hresult, str):
        return int(hresult, 16) if re.fullmatch(r"(0[xX])?[0-9A-Fa-f]{1,8}", hresult) else None
    number = isinstance(hresult, int) and not isinstance(hresult, bool)
    return hresult if number and -(1 << 31) <= hresult < 1 << 32 else None


def probed(result: Any, lists_too: bool = False) -> ProbeEvidence | None:
    """From a registered result of endpoint_info; None for anything else.

    `lists_too`: revocation lists may stand among its endpoints, asked through a proxy of the user's choice.
    """
    if not _is_result(result) or not isinstance(result.get("endpoints"), list):
        return None
    curl, revocation = _mapping(result.get("curl")), _mapping(result.get("revocation"))
    return ProbeEvidence.of(
        "system" if result.get("run_as") == "system" else "current",
        _probes(result["endpoints"]),
        _probes(revocation.get("lists")),
        _probes(revocation.get("without_checking")),
        curl=curl.get("present") is True,
        schannel=curl.get("schannel") is True,
        lists_too=lists_too,
    )


def _probes(entries: Any) -> list[Probe]:
    return [_probe(_mapping(one)) for one in entries] if isinstance(entries, (list, tuple)) else []


def _probe(entry: Mapping[str, Any]) -> Probe:
    try:
        found = _filled(_NOT_SEEN, {**vars(_NOT_SEEN), **entry})
        Address.of(found.url)
    except (TypeError, ValueError):
        return _NOT_SEEN
    return found


def roots(result: Any) -> Roots | None:
    """From a registered result of root_update; None for anything else."""
    if not _is_result(result) or not isinstance(result.get("lists"), Mapping):
        return None
    after, disallowed = _mapping(result.get("after")), _mapping(result["lists"].get("disallowed"))
    switches = (after.get("disable_root_auto_update"), after.get("machine_disable_root_auto_update"))
    age = disallowed.get("age_days")
    there = result.get("microsoft_root")
    return Roots(
        microsoft_root=there if isinstance(there, bool) else None,
        update_off=True if True in switches else (False if "disable_root_auto_update" in after else None),
        root_dir_url=str(after.get("root_dir_url") or ""),
        disallowed_age=float(age) if isinstance(age, (int, float)) and not isinstance(age, bool) else None,
        disallowed_never=disallowed.get("present") is False and disallowed.get("last_sync") is None,
        update_policy=after.get("disable_root_auto_update") is not None,
    )


def _is_result(result: Any) -> bool:
    return isinstance(result, Mapping) and not any(result.get(key) for key in ("failed", "skipped", "unreachable"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
