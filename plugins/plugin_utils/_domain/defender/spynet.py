"""Spynet policy values: SSLOptions and its neighbours.

`HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet`, `SSLOptions`: 0 no pinning and no revocation check, 1
no pinning, 2 no revocation check, 3 both, which is the default (sure: the article). So bit 0 is the revocation check
and bit 1 the pinning. Stored is not effective: whether Defender obeys, only a validation shows.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..._windows import environment, mpcmdrun, registry
from ..._windows.cmdline import Command, Outcome
from ..operation import (
    Ask,
    Change,
    Fact,
    HostError,
    Operation,
    RegistryValue,
    ValueIntent,
    spared,
    values,
    warn,
    was_found,
)
from ..ownership import STORES, Management, Ownership, owned
from .product import DEFENDER

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
EFFECTIVE = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Spynet"
FEATURES = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features"

OVERRIDE = "LocalSettingOverrideSpynetReporting"
"""Of the policy key: 1 makes the product's own SpynetReporting go before that of the policy (the policy's text in
ADMX_MicrosoftDefenderAntivirus; DISA STIG V-213432: sure)."""
TAMPER: Final[Mapping[int, bool]] = {5: True, 4: False, 1: False, 0: False}
"""Features, TamperProtection: 5 on (published scripts, many), 0 and 1 off (a capture; a published script), 4 off
(published scripts that write or read it): likely."""
SSL_DEFAULT = 3
REVOCATION_BIT = 1
PINNING_BIT = 2

VALUES = {"ssl_options": "SSLOptions", "reporting": "SpynetReporting", "submit_samples": "SubmitSamplesConsent"}
"""Option -> value below the policy key."""


@dataclass(frozen=True)
class Spynet:
    """The policy values as stored (None: absent) and what surrounds them."""

    ssl_options: int | None
    reporting: int | None
    submit_samples: int | None
    effective_reporting: int | None
    """The non-policy copy (likely)."""
    tamper_protection: bool | None
    """By TAMPER; None: absent or another number."""
    reporting_override: bool | None = False
    """Whether OVERRIDE is 1; None: it is no number that is known."""
    policy_manager_reporting: int | None = None
    """`AllowCloudProtection` below Policy Manager, where Intune writes it: 0 off, 1 on (Policy CSP: sure; the name
    there: likely). None: absent."""
    policy_manager_samples: int | None = None
    """The same of SubmitSamplesConsent."""
    policy_manager_in_use: bool | None = False
    """Whether Policy Manager holds any value, as on a host that Intune manages; None: not known."""
    effective_samples: int | None = None
    """SubmitSamplesConsent of the product's own key."""
    platform_version: str = ""
    """Of Defender's platform; empty: not known."""
    not_numbers: tuple[str, ...] = ()
    """Options whose value is there but is no REG_DWORD: what Defender makes of it is not known, absent it is not."""

    @property
    def effective_ssl_options(self) -> int:
        """SSLOptions, or its default where absent."""
        return SSL_DEFAULT if self.ssl_options is None else self.ssl_options

    @property
    def membership(self) -> int | None:
        """SpynetReporting as it counts: the policy's, unless the policy lets the product's own go first.

        None: absent, or not known. Where the policy lets an own value go first that is absent, no source says whether
        the policy's counts.
        """
        if self.reporting is None:
            manager = self.policy_manager_reporting
            # It knows on and off only: on is whatever the product holds, unless that is off.
            return self.effective_reporting if manager is None else manager and (self.effective_reporting or manager)
        if self.reporting == self.effective_reporting:
            return self.effective_reporting
        if self.reporting_override is None:
            return None
        return self.effective_reporting if self.reporting_override else self.reporting

    @functools.cached_property
    def management(self) -> Management:
        """What may keep a change from lasting."""
        return Management.of(self.platform_version, self.policy_manager_in_use, self.tamper_protection)

    @functools.cached_property
    def owners(self) -> tuple[Ownership, ...]:
        """Who owns each of VALUES."""
        reporting = (self.reporting, self.policy_manager_reporting, self.effective_reporting)
        samples = (self.submit_samples, self.policy_manager_samples, self.effective_samples)
        held = {
            "SpynetReporting": dict(zip(STORES, reporting, strict=True)),
            "SubmitSamplesConsent": dict(zip(STORES, samples, strict=True)),
            "SSLOptions": dict(zip(STORES, (self.ssl_options, None, None), strict=True)),
        }
        first = self.reporting_override is True
        return tuple(
            owned(name, stores, self.management, own_first=first and name == "SpynetReporting")
            for name, stores in held.items()
        )

    @property
    def revocation_check(self) -> bool:
        return bool(self.effective_ssl_options & REVOCATION_BIT)

    @property
    def certificate_pinning(self) -> bool:
        return bool(self.effective_ssl_options & PINNING_BIT)


def _parse(outcomes: Mapping[str, Outcome]) -> Spynet:
    policy, manager, own = (
        outcomes["spynet.policy"],
        spared(outcomes["defender.manager"]),
        spared(outcomes["spynet.reporting"]),
    )
    image = values.text(spared(outcomes["defender.service"]), "ImagePath")
    return Spynet(
        ssl_options=values.number(policy, "SSLOptions"),
        reporting=values.number(policy, "SpynetReporting"),
        submit_samples=values.number(policy, "SubmitSamplesConsent"),
        effective_reporting=values.number(own, "SpynetReporting"),
        tamper_protection=tamper_protection(outcomes["spynet.tamper"]),
        reporting_override=_override(policy),
        policy_manager_reporting=values.number(manager, "AllowCloudProtection"),
        policy_manager_samples=values.number(manager, "SubmitSamplesConsent"),
        effective_samples=values.number(own, "SubmitSamplesConsent"),
        platform_version=mpcmdrun.platform_version(mpcmdrun.binary_beside(image, environment.of("")) if image else "")
        or "",
        policy_manager_in_use=was_found(manager) and any(one.values for one in registry.parse(manager.output)),
        not_numbers=tuple(name for name, value in VALUES.items() if _is_no_number(policy, value)),
    )


def tamper_protection(features: Outcome) -> bool | None:
    """By TAMPER, from the key FEATURES, whatever else of it can be read; None: absent or another number."""
    number = values.number(spared(features), "TamperProtection")
    return TAMPER.get(number) if number is not None else None


def _override(policy: Outcome) -> bool | None:
    value = values.number(policy, OVERRIDE)
    return None if _is_no_number(policy, OVERRIDE) else {None: False, 0: False, 1: True}.get(value)


def _is_no_number(policy: Outcome, name: str) -> bool:
    value = values.stored(policy, name)
    return value is not None and (bool(value.problem) or not isinstance(value.data, int))


SPYNET: Final = Fact(
    {
        **{
            name: DEFENDER.commands[name]
            for name in ("defender.product", "defender.policy", "defender.manager", "defender.service")
        },
        "spynet.policy": registry.query_below(POLICY),
        "spynet.reporting": registry.query_below(EFFECTIVE),
        "spynet.tamper": registry.query_below(FEATURES),
    },
    _parse,
)
"""The policy values and their surroundings, each below a key that is read before it."""


def desired_ssl_options(
    now: Spynet, raw: int | None, certificate_pinning: bool | None, revocation_check: bool | None
) -> int | None:
    """SSLOptions from the two switches (one that is not given keeps its bit) or the raw number; None: not desired."""
    if raw is not None:
        return raw
    if certificate_pinning is None and revocation_check is None:
        return None
    options = now.effective_ssl_options
    for desired, bit in ((certificate_pinning, PINNING_BIT), (revocation_check, REVOCATION_BIT)):
        if desired is not None:
            options = options | bit if desired else options & ~bit
    return options


def configure(  # the options of the module, one for one
    *,
    ssl_options: int | None,
    certificate_pinning: bool | None,
    revocation_check: bool | None,
    reporting: int | None,
    submit_samples: int | None,
    absent: Iterable[str],
    check_mode: bool,
) -> Operation[dict[str, Any]]:
    """Writes the desired values, gives those named in `absent` back to the default, and reads again.

    Returns changed, before, after, changed_values, restored_to_default. Raises HostError.
    """
    places = tuple(RegistryValue(POLICY, value) for value in VALUES.values())
    answer = yield Ask(SPYNET.commands, may_change=places, reads=True)
    before = answer[SPYNET]
    requested: dict[str, int | None] = {
        "ssl_options": desired_ssl_options(before, ssl_options, certificate_pinning, revocation_check),
        "reporting": reporting,
        "submit_samples": submit_samples,
    }
    wanted: dict[str, int | None] = {name: value for name, value in requested.items() if value is not None}
    absent_now = before.ssl_options is None and "ssl_options" not in before.not_numbers
    if absent_now and wanted.get("ssl_options") == SSL_DEFAULT:
        del wanted["ssl_options"]  # absent is the default: nothing to write
    wanted.update(dict.fromkeys(absent))
    changes = {
        name: value for name, value in wanted.items() if getattr(before, name) != value or name in before.not_numbers
    }
    after = _predicted(before, changes)
    yield from warn(*_warnings(before, after, changes))
    if changes and not check_mode:
        commands = {**_writing(changes), **SPYNET.commands}
        answer = yield Ask(commands, changes=_changes(changes), before=shown(before))
        after = answer[SPYNET]
        _prove(before, after, changes, answer.outcomes)
    return {
        "changed": bool(changes),
        "before": shown(before),
        "after": shown(after),
        "changed_values": sorted(VALUES[name] for name in changes),
        "restored_to_default": sorted(VALUES[name] for name, value in changes.items() if value is None),
        "policy_value_present": after.ssl_options is not None,
        "owners": after.owners,
    }


def _predicted(before: Spynet, changes: Mapping[str, int | None]) -> Spynet:
    values = {name: changes.get(name, getattr(before, name)) for name in VALUES}
    return replace(
        before,
        ssl_options=values["ssl_options"],
        reporting=values["reporting"],
        submit_samples=values["submit_samples"],
        not_numbers=tuple(name for name in before.not_numbers if name not in changes),
    )


def _changes(changes: Mapping[str, int | None]) -> dict[str, tuple[Change, ...]]:
    return {
        f"write.{name}": (
            Change(
                RegistryValue(POLICY, VALUES[name]),
                ValueIntent() if value is None else ValueIntent("REG_DWORD", value),
            ),
        )
        for name, value in changes.items()
    }


def _writing(changes: Mapping[str, int | None]) -> dict[str, Command]:
    return {
        f"write.{name}": (
            registry.delete_value(POLICY, VALUES[name])
            if value is None
            else registry.add(POLICY, VALUES[name], "REG_DWORD", value)
        ).with_errors()
        for name, value in changes.items()
    }


def _prove(before: Spynet, after: Spynet, changes: Mapping[str, int | None], outcomes: Mapping[str, Outcome]) -> None:
    for name, value in changes.items():
        stored = getattr(after, name)
        if stored == value and name not in after.not_numbers:
            continue
        written = outcomes[f"write.{name}"]
        said = written.text.strip()
        reason = (
            "tamper protection is on and blocks changes to Defender's settings; change the value in the management "
            "tool of the host (Intune, Defender for Endpoint), or turn tamper protection off there first"
            if after.tamper_protection
            else "check that the account is elevated and that no policy writes the value again"
        )
        raise HostError(
            f"{VALUES[name]} should be {'absent' if value is None else value} but is "
            f"{'absent' if stored is None else stored} (exit code {written.exit_code}"
            + (f", output of reg: {said}" if said else "")
            + f"): {reason}",
            before=shown(before),
            after=shown(after),
        )


def loosening(options: int, lost: int) -> str:
    """What to say where SSLOptions becomes `options` and switches off the checks whose bits are in `lost`."""
    names = {REVOCATION_BIT: "the revocation check", PINNING_BIT: "certificate pinning"}
    return (
        f"SSLOptions {options} turns off {' and '.join(name for bit, name in names.items() if lost & bit)} for "
        "Defender's cloud connection. This is a workaround and not a best practice; restore the checks once the "
        "WinHTTP proxy works"
    )


def _warnings(before: Spynet, after: Spynet, changes: Mapping[str, int | None]) -> Iterator[str]:
    lost = before.effective_ssl_options & ~after.effective_ssl_options & (REVOCATION_BIT | PINNING_BIT)
    if lost:
        yield loosening(after.effective_ssl_options, lost)
    if changes and before.tamper_protection:
        yield "tamper protection is on: Defender may ignore or reject changes to its settings"
    if changes and before.management.may_ignore_policy:
        yield (
            "Intune manages this host (Policy Manager), and Defender's platform "
            f"({before.platform_version or 'version unknown'}) may have controlled configuration. Where it is on, "
            "Defender ignores the values below the policy key, although they are stored; then change them in Intune or "
            "Defender for Endpoint"
        )
    manager = {"reporting": before.policy_manager_reporting, "submit_samples": before.policy_manager_samples}
    for name in changes:
        if manager.get(name) is not None:
            yield (
                f"Intune has {VALUES[name]} too (Policy Manager, {manager[name]}). In general the policy key "
                "goes first; which one Defender uses where they differ is not known"
            )
    if before.not_numbers:
        yield (
            f"{', '.join(VALUES[name] for name in before.not_numbers)} had data that is not a REG_DWORD. It is "
            "unknown how Defender interprets it, so it counts as not set"
        )
    for name in changes:
        if getattr(before, name) is None:
            continue
        yield (
            f"{VALUES[name]} already had a policy value, and it is unknown who wrote it (group policy, Intune, "
            "Defender's own management or an administrator). If a policy writes it, it will be written again"
        )


def shown(spynet: Spynet) -> dict[str, Any]:
    """The state as results show it, with SSLOptions as its two switches."""
    return {
        "ssl_options": spynet.ssl_options,
        "certificate_pinning": spynet.certificate_pinning,
        "revocation_check": spynet.revocation_check,
        "reporting": spynet.reporting,
        "effective_reporting": spynet.effective_reporting,
        "reporting_override": spynet.reporting_override,
        "submit_samples": spynet.submit_samples,
        "policy_manager_reporting": spynet.policy_manager_reporting,
        "policy_manager_samples": spynet.policy_manager_samples,
        "policy_manager_in_use": spynet.policy_manager_in_use,
        "tamper_protection": spynet.tamper_protection,
    }
