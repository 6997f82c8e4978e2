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
from ..._windows.mpcmdrun import Validation, not_answered, not_started
from ..defender import Defender, Kind, Noted, Record, Standing, Times, is_time, record as maps_record
from ..firewall import Decision
from ..host import HOST, Firewall, Host, lists_route, maps_route
from ..operation import NOTHING_FOUND
from ..probes import Address, Probe, not_probed
from ..proxy import (
    OWN_STORES,
    AccountSettings,
    Advanced,
    AutoProxyService,
    OwnSettings,
    Route,
    Sensor,
    Stores,
    unreadable,
)
from .observation import Observation
from .probe_evidence import ProbeEvidence, Probes, Roots

T = TypeVar("T")

NOTHING: Final = HOST.parse(dict.fromkeys(HOST.commands, NOTHING_FOUND))
"""A host of which nothing was found."""
_NO_WINHTTP: Final = replace(NOTHING.proxy.winhttp, direct=False)
_NO_CACHED_PROXY: Final = {
    name: getattr(NOTHING.defender, name)
    for name in (
        *("cached_proxy", "cached_proxy_access_type", "cached_proxy_bypass", "last_known_good_proxy"),
        *("disable_ignored", "force_proxy_only"),
    )
}
"""What results of version 0.1 do not hold."""
_NO_SPYNET: Final = {
    name: getattr(NOTHING.spynet, name)
    for name in (
        *("not_numbers", "reporting_override", "effective_samples", "policy_manager_reporting"),
        *("policy_manager_samples", "policy_manager_in_use"),
    )
}
"""What older results do not hold, or none does."""
_NO_ADVANCED: Final = Advanced("", "", (), "", False, None)
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
    found = probes(endpoints, root_update, candidate)
    standing = Standing.of_result(seen.get("standing"))
    known = host_of(host)
    written = _mapping(seen.get("maps_record"))
    return replace(
        Observation.from_facts(known, _answer(seen), seen.get("run_as") or "current", found, standing),
        record=Record(known.times, _noted(written.get("events"))),
        nothing_run=seen.get("passive") is True,
        reached=_switch(written.get("reached")),
        reached_because=written["reason"] if written.get("reason") in maps_record.REASONS else maps_record.REASONS[0],
    )


def probes(endpoints: Any = None, root_update: Any = None, candidate: Any = None) -> Probes:
    """What probes came to, from their results; one that failed was not made."""
    return Probes(probed(endpoints), probed(candidate, lists_too=True), roots(root_update))


def host_of(result: Mapping[str, Any]) -> Host:
    """From a result of host_info. Raises KeyError, TypeError for anything else."""
    stores, firewall = result["proxy"], result["firewall"]
    advanced, accounts = stores["advanced"], stores["accounts"].items()
    defender = _filled(NOTHING.defender, {**_NO_CACHED_PROXY, **result["defender"], "proxy_stores": {}})
    defender = replace(defender, proxy_stores=_own_stores(result["defender"], defender))
    proxy = unreadable(
        Stores(
            _filled(_NO_WINHTTP, stores["winhttp"]),
            _filled(_NO_ADVANCED, {"switched_off": "", **advanced}) if advanced else None,
            {name: _account(one or {}) for name, one in accounts},
            bool(stores["settings_per_machine"]),
            stores.get("wpad_disabled") is True,
        ),
        {one["fact"]: one["reason"] for one in result.get("unknown", ())},
    )
    onboarding = _filled(NOTHING.onboarding, {**vars(NOTHING.onboarding), **(result.get("onboarding") or {})})
    return Host(
        system=_filled(NOTHING.system, result["system"]),
        defender=defender,
        proxy=proxy,
        maps_route=maps_route(defender, proxy, onboarding),
        lists_route=lists_route(proxy),
        caller_proxy_differs=bool(stores["caller_differs_from_system"]),
        spynet=_filled(
            NOTHING.spynet, {**_NO_SPYNET, "platform_version": defender.platform_version, **result["spynet"]}
        ),
        onboarding=onboarding,
        firewall=Firewall(
            _decision(firewall["maps"]),
            _decision(firewall["crl"]),
            _decision(firewall["probe"]) if firewall.get("probe") else None,
            rules_ignored=_switch(firewall.get("rules_ignored")),
            service_running=_switch(firewall.get("service_running")),
            blocks_by_default=_switch(firewall.get("blocks_by_default")),
        ),
        unknown=frozenset(one["fact"] for one in result.get("unknown", ())),
        auto_proxy=_auto_proxy(stores.get("auto_proxy_service")),
        times=_times(result.get("maps_record")),
        sensor=_sensor(stores.get("sensor")),
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


def _own_stores(given: Mapping[str, Any], product: Defender) -> dict[str, OwnSettings]:
    """Of a store that is not known, nothing; results of version 0.1 do not tell the stores apart."""
    stores = given.get("proxy_stores")
    if stores is None:
        stores = {OWN_STORES[0]: vars(OwnSettings(product.proxy_server, product.proxy_pac_url, product.proxy_bypass))}
    return {
        name: OwnSettings(**{key: text or "" for key, text in (stores.get(name) or {}).items()}) for name in OWN_STORES
    }


def _times(given: Any) -> Times:
    """What results of version 0.1 do not hold, and what is no time, is not known."""
    found = {name: _mapping(given).get(name) for name in vars(Times())}
    return Times(**{name: one if isinstance(one, str) and is_time(one) else "" for name, one in found.items()})


def _noted(given: Any) -> Noted | None:
    """The events of a result; None where they were not asked for, or for anything else."""
    if not isinstance(given, Mapping):
        return None
    try:
        used, refused, updates, health, failures = (Kind(**_mapping(given[name])) for name in maps_record.KINDS)
    except (KeyError, TypeError):
        return None
    times = [one for kind in (used, refused, updates, health, failures) for one in (kind.first, kind.last)]
    valid = all(isinstance(one, str) and (not one or is_time(one)) for one in times)
    return Noted(used, refused, updates, health, failures) if valid else None


def _account(given: Mapping[str, Any]) -> AccountSettings:
    """Of an account that is not known, nothing."""
    proxy, script = given.get("proxy") or "", given.get("autoconfig_url") or ""
    return AccountSettings(given.get("enabled") is True, proxy, script, tuple(given.get("bypass_list") or ()))


def _decision(given: Mapping[str, Any]) -> Decision:
    profiles = {name: Verdict(*_OF_VERDICT(one)) for name, one in given["profiles"].items()}
    return Decision(*(*_OF_DECISION(given), _typed("verdict", given["verdict"], ""), profiles))


def _auto_proxy(given: Any) -> AutoProxyService:
    """Results of version 0.1 do not hold it."""
    found = _mapping(given)
    return AutoProxyService(_integer(found.get("start_type")), _integer(found.get("state")))


def _sensor(given: Any) -> Sensor | None:
    """Results of version 0.1 do not hold what it prefers."""
    if not isinstance(given, Mapping):
        return None
    off = given.get("authentication_disabled") is True
    return Sensor(str(given.get("telemetry_proxy") or ""), off, _switch(given.get("prefers_static")))


def _integer(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _switch(given: Any) -> bool | None:
    return given if isinstance(given, bool) else None


def _answer(given: Mapping[str, Any]) -> Validation | None:
    """What MpCmdRun answered; None where nothing was asked."""
    if given.get("connected") is None and not given.get("hresult"):
        code, said = given.get("exit_code"), given.get("output")
        refused = not_started(said.encode(), code) if isinstance(code, int) and isinstance(said, str) else None
        return not_answered(refused) if refused else None
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
        lists_until=tuple(one for one in _listed(_mapping(revocation.get("certutil")).get("next_updates")) if one),
    )


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []


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
