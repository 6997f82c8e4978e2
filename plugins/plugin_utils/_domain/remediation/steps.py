"""The steps of a repair: what carries each of them out, and what takes it back.

Each is an operation of its own module, with a journal record of its own where there is a journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from ..._windows.cmdline import Command
from ..defender import SPYNET, own_proxy, spynet
from ..diagnosis import Beside
from ..firewall import allow_rule, rule_spec
from ..journal import MACHINE_GUID
from ..operation import HostError, Operation, Place, RegistryValue
from ..proxy import STORES, ProxySettings, change as proxy_change
from ..root_lists import DEFAULT_STALE_AFTER, ROOT_UPDATE, VALUES, configure
from .plan import WORKAROUNDS, Step
from .request import RemediationRequest

T = TypeVar("T")
ADVANCED: Final = 2
"""SpynetReporting of an advanced member, which on Windows 10 and later is the same as a basic one (policy CSP)."""
Result = dict[str, Any]
Parts = Iterator[Operation[Result]]
"""A step's changes, one operation each: where a later one fails, what the earlier ones changed is known."""


class Journal(Protocol):
    """Keeps a record of what an operation changes, under the name of a module."""

    @property
    def run(self) -> str:
        """The run that the records belong to; empty where none are kept."""

    def around(self, module: str, operation: Operation[T]) -> Operation[T]:
        """The operation, with the journal."""


class NoJournal:
    """Keeps no records."""

    run = ""

    def around(self, _module: str, operation: Operation[T]) -> Operation[T]:
        return operation


def write_ssl_options(value: int | None, check_mode: bool = False) -> Operation[Result]:
    """Makes SSLOptions a value; None: absent."""
    nothing: dict[str, Any] = dict.fromkeys(("certificate_pinning", "revocation_check", "reporting", "submit_samples"))
    absent = ("ssl_options",) if value is None else ()
    return spynet.configure(ssl_options=value, absent=absent, check_mode=check_mode, **nothing)


def _firewall(step: Step, request: RemediationRequest) -> Parts:
    for rule in request.rules:
        ports = rule.remote_ports or (step.remote_ports if rule.protocol in ("tcp", "udp") else ())
        yield allow_rule.configure(replace(rule, remote_ports=ports), True, request.check_mode)


def _firewall_back(result: Result, request: RemediationRequest) -> Operation[None]:
    for rule, one in zip(request.rules, result.get("results", [result]), strict=False):
        if one["changed"]:
            for before in one["before"] or [None]:
                spec = rule if before is None else rule_spec.RuleSpec.of(before)
                yield from allow_rule.configure(spec, before is not None, False)


def _proxy(_step: Step, request: RemediationRequest) -> Parts:
    yield proxy_change.configure(request.allowed.proxy, "winhttp", request.check_mode)


def _proxy_back(result: Result, _request: RemediationRequest) -> Operation[None]:
    before = result["before"]["winhttp"]
    settings = ProxySettings(before.http, before.https, before.bypass_list)
    yield from proxy_change.configure(settings, "winhttp", False)


def _own_proxy(_step: Step, request: RemediationRequest) -> Parts:
    yield own_proxy.configure(request.allowed.defender_proxy or {}, False, request.check_mode)


def _own_proxy_back(result: Result, _request: RemediationRequest) -> Operation[None]:
    yield from own_proxy.configure(dict(result["before"]["policy"]), True, False)


def _root(_step: Step, request: RemediationRequest) -> Parts:
    wanted = {**dict.fromkeys(VALUES), "root_dir_url": request.allowed.root_dir_url}
    yield configure(
        requested=wanted, absent=(), stale_after=DEFAULT_STALE_AFTER, now=request.clock(), check_mode=request.check_mode
    )


def _root_back(result: Result, _request: RemediationRequest) -> Operation[None]:
    url = result["before"]["root_dir_url"]
    wanted = {**dict.fromkeys(VALUES), "root_dir_url": url}
    absent = () if url else ("root_dir_url",)
    yield from configure(requested=wanted, absent=absent, stale_after=DEFAULT_STALE_AFTER, now=0.0, check_mode=False)


def _ssl(_step: Step, request: RemediationRequest) -> Parts:
    """The value comes from the consent, and from nothing else."""
    target = WORKAROUNDS[request.allowed.ssl_workaround]
    if target is None:
        raise HostError("SSLOptions is not loosened without consent to a value")
    yield write_ssl_options(target, request.check_mode)


def _ssl_back(result: Result, _request: RemediationRequest) -> Operation[None]:
    yield from write_ssl_options(result["before"]["ssl_options"])


def _write_reporting(value: int | None, check_mode: bool = False) -> Operation[Result]:
    """Makes SpynetReporting of the policy key a value; None: absent. Never the consent to send samples."""
    absent = ("reporting",) if value is None else ()
    nothing: dict[str, Any] = dict.fromkeys(
        ("ssl_options", "certificate_pinning", "revocation_check", "submit_samples")
    )
    return spynet.configure(reporting=value, absent=absent, check_mode=check_mode, **nothing)


def _maps(_step: Step, request: RemediationRequest) -> Parts:
    yield _write_reporting(ADVANCED, request.check_mode)


def _maps_back(result: Result, _request: RemediationRequest) -> Operation[None]:
    yield from _write_reporting(result["before"]["reporting"])


@dataclass(frozen=True)
class Kind:
    """What there is to know of a kind of step."""

    module: str
    carry_out: Callable[[Step, RemediationRequest], Parts]
    take_back: Callable[[Result, RemediationRequest], Operation[None]]
    """From the result of the step: that of its only part, or `results` with one for each part that was begun."""


KINDS: Final[Mapping[str, Kind]] = {
    "firewall": Kind("firewall_rule", _firewall, _firewall_back),
    "winhttp_proxy": Kind("winhttp_proxy", _proxy, _proxy_back),
    "defender_proxy": Kind("defender_proxy", _own_proxy, _own_proxy_back),
    "root_update": Kind("root_update", _root, _root_back),
    "ssl_options": Kind("spynet", _ssl, _ssl_back),
    "maps_on": Kind("spynet", _maps, _maps_back),
}


def read_ahead(request: RemediationRequest) -> Beside:
    """What the first line of the steps that may come asks, so that it can be asked beside the validation."""
    commands: dict[str, Command] = {**MACHINE_GUID.commands}
    places: list[Place] = []
    if request.allowed.proxy is not None:
        commands |= STORES.commands
        places += proxy_change.PLACES["winhttp"]
    if request.allowed.defender_proxy is not None:
        commands |= own_proxy.STATE.commands
        places += own_proxy.PLACES.values()
    if request.allowed.root_dir_url:
        commands |= ROOT_UPDATE.commands
        places += [RegistryValue(key, value) for key, value, _type in VALUES.values()]
    if WORKAROUNDS[request.allowed.ssl_workaround] is not None or request.allowed.cloud_protection:
        commands |= SPYNET.commands
        places += [RegistryValue(spynet.POLICY, value) for value in spynet.VALUES.values()]
    return Beside(commands, tuple(places))
