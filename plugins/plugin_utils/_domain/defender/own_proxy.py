"""The policy values of Defender's own proxy: what is wanted of them, and how they come to hold it.

Below `HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender`, all REG_SZ. ProxyServer is
`<protocol>://<server-name-or-ip>:<port>` with http or https (Microsoft Learn, configure proxy, 2026-09-22: sure). An
address of ProxyBypass "should be entered as a valid URL" (text of the policy: sure); the cmdlet's example has plain
names. What stands between several addresses no source says; WinHTTP's separator is written (guess).

Stored is not in force. With tamper protection on, changes of Defender's settings in the registry are blocked, and may
seem to succeed (Microsoft Learn, tamper protection overview, 2026-09-09: sure). Where controlled configuration is on,
Defender ignores the policy key (Microsoft Learn, controlled configuration, 2026-09-15: sure); where Windows stores that
it is on is not documented, so only its requirements are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..._windows import proxy_text, registry
from ..._windows.cmdline import Command, Outcome
from ..operation import (
    Ask,
    Change,
    Fact,
    HostError,
    Operation,
    Refused,
    RegistryValue,
    ValueIntent,
    spared,
    values,
    warn,
)
from ..ownership import can_be_controlled
from ..proxy import OWN_VALUES, OwnSettings, check_bypass, check_proxy, check_script
from .product import DEFENDER, POLICY, Defender
from .spynet import FEATURES, tamper_protection

PLACES: Final = {name: RegistryValue(POLICY, value) for name, value in OWN_VALUES.items()}
ONBOARDING: Final = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection\Status"
_SCHEMES: Final = ("http://", "https://")
Wanted = Mapping[str, str]
"""By the names of OWN_VALUES; empty: absent. What is not in it stays."""


def check_server(option: str, text: str) -> str:
    """ProxyServer as the policy wants it. Raises Refused."""
    scheme, separator, rest = text.partition("://")
    if f"{scheme.lower()}{separator}" not in _SCHEMES:
        raise Refused(
            f"{option} must be a URL such as http://proxy.corp.example:3128, not {text!r}: Microsoft's policy wants "
            "http:// or https:// before the name. The option proxy of winhttp_proxy takes it without"
        )
    check_proxy(option, rest)
    return text


def checked(wanted: Wanted) -> Wanted:
    """The values where the policy can hold them. Raises Refused."""
    if wanted.get("server"):
        check_server("server", wanted["server"])
    if wanted.get("pac_url"):
        check_script("pac_url", wanted["pac_url"])
    for entry in proxy_text.parse_bypass(wanted.get("bypass", "")):
        check_bypass(entry, "bypass")
    return wanted


def wanted_from(server: str | None, pac_url: str | None, bypass: Any) -> Wanted:
    """From options; None stays, empty goes. Raises Refused."""
    found: dict[str, str] = {}
    if server is not None:
        found["server"] = server.rstrip("/")
    if pac_url is not None:
        found["pac_url"] = pac_url
    if bypass is not None:
        entries = proxy_text.parse_bypass(bypass) if isinstance(bypass, str) else tuple(bypass)
        for entry in entries:
            check_bypass(entry, "bypass")
        found["bypass"] = ";".join(dict.fromkeys(entries))
    return checked(found)


def same(name: str, stored: str, wanted: str) -> bool:
    """Whether two texts of a value mean the same."""
    if name == "bypass":
        one, other = (frozenset(map(str.lower, proxy_text.parse_bypass(text))) for text in (stored, wanted))
        return one == other
    if name == "server":
        return stored.lower().rstrip("/") == wanted.lower().rstrip("/")
    return stored == wanted


def holds(policy: OwnSettings, wanted: Wanted) -> bool:
    """Whether the policy store already holds what is wanted."""
    return all(same(name, getattr(policy, name), text) for name, text in wanted.items())


@dataclass(frozen=True)
class State:
    """Defender's own proxy, and what may make Defender ignore the policy store."""

    product: Defender
    tamper_protection: bool | None
    onboarded: bool
    """To Defender for Endpoint: OnboardingState is 1 (Microsoft Learn, troubleshoot onboarding: recalled)."""
    no_texts: tuple[str, ...] = ()
    """Values that are there and are no text."""

    @property
    def policy(self) -> OwnSettings:
        return self.product.proxy_stores["policy"]

    @property
    def may_be_controlled(self) -> bool:
        """What controlled configuration requires is there; whether it is on, nothing that is documented tells."""
        return self.onboarded and can_be_controlled(self.product.platform_version) is True

    def shown(self) -> dict[str, Any]:
        stores = {name: {**vars(one)} for name, one in self.product.proxy_stores.items()}
        return {**stores, "tamper_protection": self.tamper_protection}


def _parse(outcomes: Mapping[str, Outcome]) -> State:
    return State(
        product=DEFENDER.parse(outcomes),
        tamper_protection=tamper_protection(outcomes["own.tamper"]),
        onboarded=values.number(spared(outcomes["own.onboarded"]), "OnboardingState") == 1,
        no_texts=tuple(name for name, value in OWN_VALUES.items() if _is_no_text(outcomes["defender.policy"], value)),
    )


def _is_no_text(policy: Outcome, name: str) -> bool:
    value = values.stored(policy, name)
    return value is not None and (value.type != "REG_SZ" or not isinstance(value.data, str) or bool(value.problem))


STATE: Final = Fact(
    {
        **DEFENDER.commands,
        "own.tamper": registry.query_below(FEATURES),
        "own.onboarded": registry.query(ONBOARDING, "OnboardingState"),
    },
    _parse,
)


def configure(wanted: Wanted, force: bool, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes the policy store hold `wanted`, which `wanted_from` checked, and proves it by reading again.

    `force`: also where Defender would ignore it. Returns changed, before, after, changed_values. Raises
    HostError.
    """
    answer = yield Ask(STATE.commands, may_change=tuple(PLACES.values()), reads=True)
    before = answer[STATE]
    changes = {
        name: text
        for name, text in wanted.items()
        if name in before.no_texts or not same(name, getattr(before.policy, name), text)
    }
    after = _predicted(before, changes)
    if changes and before.tamper_protection and not force:
        raise HostError(
            "tamper protection is on, which blocks changes to Defender's settings in the registry although they may "
            "seem to succeed, so nothing was changed. Set the proxy in the management tool of the host (group policy, "
            "Intune, Defender for Endpoint), or allow the write with force: true",
            before=before.shown(),
        )
    yield from warn(*_warnings(before, changes))
    if changes and not check_mode:
        answer = yield Ask({**_writing(changes), **STATE.commands}, changes=_changes(changes), before=before.shown())
        after = answer[STATE]
        _prove(before, after, changes, answer.outcomes)
    return {
        "changed": bool(changes),
        "before": before.shown(),
        "after": after.shown(),
        "changed_values": sorted(OWN_VALUES[name] for name in changes),
    }


def _predicted(before: State, changes: Wanted) -> State:
    stores = {**before.product.proxy_stores, "policy": replace(before.policy, **changes)}
    return replace(before, product=replace(before.product, proxy_stores=stores))


def _writing(changes: Wanted) -> dict[str, Command]:
    return {
        f"write.{name}": (
            registry.add(POLICY, OWN_VALUES[name], "REG_SZ", text)
            if text
            else registry.delete_value(POLICY, OWN_VALUES[name])
        ).with_errors()
        for name, text in changes.items()
    }


def _changes(changes: Wanted) -> dict[str, tuple[Change, ...]]:
    return {
        f"write.{name}": (Change(PLACES[name], ValueIntent("REG_SZ", text) if text else ValueIntent()),)
        for name, text in changes.items()
    }


def _prove(before: State, after: State, changes: Wanted, outcomes: Mapping[str, Outcome]) -> None:
    for name, text in changes.items():
        stored = getattr(after.policy, name)
        if stored == text and name not in after.no_texts:
            continue
        written = outcomes[f"write.{name}"]
        said = written.text.strip()
        raise HostError(
            f"{OWN_VALUES[name]} should be {text or 'absent'} but is {stored or 'absent'} (exit code "
            f"{written.exit_code}" + (f", output of reg: {said}" if said else "") + "). Check that the account is "
            "elevated, that tamper protection is off, and that no policy writes the value again",
            before=before.shown(),
            after=after.shown(),
        )


def _warnings(before: State, changes: Wanted) -> Iterator[str]:
    if not changes:
        return
    stores = before.product.proxy_stores
    if before.tamper_protection:
        yield "tamper protection is on: Defender may ignore or reject changes to its settings"
    if before.may_be_controlled:
        yield (
            f"this host is onboarded to Defender for Endpoint and has the platform {before.product.platform_version}, "
            "so controlled configuration may be on. Then Defender ignores the policy key, and only Intune or Defender "
            "for Endpoint can set its proxy. Get-MpComputerStatus shows it (ControlledConfigurationState)"
        )
    if any(getattr(before.policy, name) for name in changes):
        yield (
            "a value of Defender's own proxy already had a policy value, and it is unknown who wrote it. If a policy "
            "writes it, it will be written again"
        )
    for store, words in (("policy_manager", "Policy Manager (Intune)"), ("local", "the product's own key")):
        if not stores[store].empty:
            yield (
                f"{words} holds values of Defender's own proxy too. They stay, and no source says for every "
                "combination which of them Defender uses"
            )
    if len(proxy_text.parse_bypass(changes.get("bypass", ""))) > 1:
        yield (
            "no source says what separates the addresses of ProxyBypass; they are stored with semicolons, as WinHTTP "
            "separates them. Check with a validation that Defender obeys the list"
        )
