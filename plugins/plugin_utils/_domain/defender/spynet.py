"""Spynet policy values: SSLOptions and its neighbours.

`HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet`, `SSLOptions`: 0 no pinning and no revocation check, 1
no pinning, 2 no revocation check, 3 both, which is the default (sure: the article). So bit 0 is the revocation check
and bit 1 the pinning. Stored is not effective: whether Defender obeys, only a validation shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import registry
from ..._windows.cmdline import Command, Outcome
from ..operation import Ask, Change, Fact, HostError, Operation, RegistryValue, ValueIntent, warn, was_found

POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
EFFECTIVE = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Spynet"
FEATURES = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features"

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
    """Features, TamperProtection: 5 on, 4 or 0 off (recalled); None: absent or another number."""
    not_numbers: tuple[str, ...] = ()
    """Options whose value is there but is no REG_DWORD: what Defender makes of it is not known, absent it is not."""

    @property
    def effective_ssl_options(self) -> int:
        """SSLOptions, or its default where absent."""
        return SSL_DEFAULT if self.ssl_options is None else self.ssl_options

    @property
    def revocation_check(self) -> bool:
        return bool(self.effective_ssl_options & REVOCATION_BIT)

    @property
    def certificate_pinning(self) -> bool:
        return bool(self.effective_ssl_options & PINNING_BIT)


def number(outcome: Outcome, name: str) -> int | None:
    """The number of a value in an outcome of `reg query`; None where it is absent or no number."""
    value = registry.value(outcome.output, name) if was_found(outcome) else None
    return value.data if value is not None and isinstance(value.data, int) else None


def _parse(outcomes: Mapping[str, Outcome]) -> Spynet:
    tamper = number(outcomes["spynet.tamper"], "TamperProtection")
    policy = outcomes["spynet.policy"]
    return Spynet(
        ssl_options=number(policy, "SSLOptions"),
        reporting=number(policy, "SpynetReporting"),
        submit_samples=number(policy, "SubmitSamplesConsent"),
        effective_reporting=number(outcomes["spynet.reporting"], "SpynetReporting"),
        tamper_protection={5: True, 4: False, 0: False}.get(tamper) if tamper is not None else None,
        not_numbers=tuple(name for name, value in VALUES.items() if _is_no_number(policy, value)),
    )


def _is_no_number(policy: Outcome, name: str) -> bool:
    value = registry.value(policy.output, name) if was_found(policy) else None
    return value is not None and not isinstance(value.data, int)


SPYNET: Final = Fact(
    {
        "spynet.policy": registry.query(POLICY),
        "spynet.reporting": registry.query(EFFECTIVE, "SpynetReporting"),
        "spynet.tamper": registry.query(FEATURES, "TamperProtection"),
    },
    _parse,
)
"""The policy values and their surroundings."""


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
        answer = yield Ask({**_writing(changes), **SPYNET.commands}, changes=_changes(changes))
        after = answer[SPYNET]
        _prove(before, after, changes, answer.outcomes)
    return {
        "changed": bool(changes),
        "before": shown(before),
        "after": shown(after),
        "changed_values": sorted(VALUES[name] for name in changes),
        "restored_to_default": sorted(VALUES[name] for name, value in changes.items() if value is None),
        "policy_value_present": after.ssl_options is not None,
    }


def _predicted(before: Spynet, changes: Mapping[str, int | None]) -> Spynet:
    values = {name: changes.get(name, getattr(before, name)) for name in VALUES}
    return Spynet(
        ssl_options=values["ssl_options"],
        reporting=values["reporting"],
        submit_samples=values["submit_samples"],
        effective_reporting=before.effective_reporting,
        tamper_protection=before.tamper_protection,
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
    if before.not_numbers:
        yield (
            f"{', '.join(VALUES[name] for name in before.not_numbers)} had data that is not a REG_DWORD. It is "
            "unknown how Defender interprets it, so it counts as not set"
        )
    if "ssl_options" in changes and before.ssl_options is not None:
        yield (
            "SSLOptions already had a policy value, and it is unknown who wrote it (group policy, Intune, Defender's "
            "own management or an administrator). If a policy writes it, it will be written again"
        )


def shown(spynet: Spynet) -> dict[str, Any]:
    """The state as results show it, with SSLOptions as its two switches."""
    return {
        "ssl_options": spynet.ssl_options,
        "certificate_pinning": spynet.certificate_pinning,
        "revocation_check": spynet.revocation_check,
        "reporting": spynet.reporting,
        "effective_reporting": spynet.effective_reporting,
        "submit_samples": spynet.submit_samples,
        "tamper_protection": spynet.tamper_protection,
    }
