"""The two stores of the machine-wide proxy, and the accounts' own settings: how they are read and what they hold.

`netsh winhttp set proxy` (the blob WinHttpSettings) and `netsh winhttp set advproxy` (the machine's Internet settings,
with PAC and auto-detect) are two stores; on one host `show proxy` said direct while `show advproxy` showed a proxy
(likely; see docs/evidence.md). Nothing is read from translated text: the first is read from the registry, the second
is JSON whatever the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from ..._windows import netsh, proxy_text, registry, winhttp_settings
from ..._windows.cmdline import Command, Outcome
from ..._windows.winhttp_settings import BlobError, decode
from ..operation import Fact, was_found

INTERNET_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
MACHINE_SETTINGS = winhttp_settings.KEY.rpartition("\\")[0]
PROXY_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"

ACCOUNTS = {"caller": "HKCU", "system": r"HKU\S-1-5-18", "network_service": r"HKU\S-1-5-20"}
"""Whose Internet settings matter: the caller's may falsify a test, SYSTEM runs Defender, NETWORK SERVICE CryptSvc."""


@dataclass(frozen=True)
class WinHttp:
    """The store of `set proxy`."""

    direct: bool
    http: str
    https: str
    bypass_list: tuple[str, ...]
    present: bool
    """False: the value does not exist, which is direct access too (likely)."""
    raw: str
    """The blob in hex, empty where absent: what undo needs."""
    raw_32: str
    """The same of the 32-bit view."""
    problem: str = ""
    """Why the blob cannot be read; empty where it can. Then nothing is known of the proxy, and only `raw` holds."""

    @property
    def names_a_proxy(self) -> bool:
        """Whether a readable blob names any proxy, also one for neither http nor https (`socks=...`)."""
        return bool(self.raw and decode(bytes.fromhex(self.raw)).proxies.entries)


@dataclass(frozen=True)
class Advanced:
    """The store of `set advproxy` in machine scope."""

    http: str
    https: str
    bypass_list: tuple[str, ...]
    autoconfig_url: str
    auto_detect: bool
    per_user: bool | None
    """Whether `show advproxy` says that proxy settings are per user; None where it does not say."""

    @property
    def empty(self) -> bool:
        return not (self.http or self.https or self.autoconfig_url or self.auto_detect)


@dataclass(frozen=True)
class AccountSettings:
    """An account's own Internet settings, as stored."""

    enabled: bool
    proxy: str
    autoconfig_url: str
    bypass_list: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stores:
    """Everything machine-wide that decides the proxy outside Defender's own policy."""

    winhttp: WinHttp
    advanced: Advanced | None
    """None: this build does not know `advproxy`."""
    accounts: Mapping[str, AccountSettings]
    settings_per_machine: bool
    """The policy ProxySettingsPerUser is 0: accounts use the machine's Internet settings (KB 2623724)."""

    def of(self, store: str) -> WinHttp | Advanced | None:
        """The store that the option `store` names."""
        return self.winhttp if store == "winhttp" else self.advanced

    @property
    def caller_differs_from_system(self) -> bool:
        """The caller has a proxy of their own that SYSTEM has not: a test as the caller would prove nothing."""
        caller, system = self.accounts.get("caller"), self.accounts.get("system")
        return bool(caller and system and _effective(caller) and _effective(caller) != _effective(system))


def _effective(settings: AccountSettings) -> tuple[str, str]:
    return (settings.proxy if settings.enabled else "", settings.autoconfig_url)


def _commands() -> dict[str, Command]:
    commands = {
        "proxy.blob": registry.query(winhttp_settings.KEY, winhttp_settings.NAME),
        "proxy.blob32": registry.query(winhttp_settings.KEY, winhttp_settings.NAME, view=32),
        "proxy.advanced": netsh.show_advproxy(),
        "proxy.policy": registry.query(PROXY_POLICY, "ProxySettingsPerUser"),
    }
    for account, hive in ACCOUNTS.items():
        commands[f"proxy.{account}"] = registry.query(f"{hive}\\{INTERNET_SETTINGS}")
    return commands


def _parse(outcomes: Mapping[str, Outcome]) -> Stores:
    per_user = outcomes["proxy.policy"]
    policy = registry.value(per_user.output, "ProxySettingsPerUser") if was_found(per_user) else None
    return Stores(
        winhttp=winhttp(_blob(outcomes["proxy.blob"]), _blob(outcomes["proxy.blob32"])),
        advanced=_read_advanced(outcomes["proxy.advanced"]),
        accounts={account: _read_account(outcomes[f"proxy.{account}"]) for account in ACCOUNTS},
        settings_per_machine=policy is not None and policy.data == 0,
    )


STORES: Final = Fact(_commands(), _parse)
"""Both stores and the accounts' own settings. A blob that cannot be read is told in `problem`."""


def unreadable(stores: Stores, problem: str) -> Stores:
    """The stores of a host of whose proxy nothing is known."""
    return replace(stores, winhttp=replace(stores.winhttp, direct=False, http="", https="", problem=problem))


def _blob(outcome: Outcome) -> bytes | None:
    if not was_found(outcome):
        return None
    value = registry.value(outcome.output, winhttp_settings.NAME)
    return value.data if value is not None and isinstance(value.data, bytes) else None


def winhttp(raw: bytes | None, raw_32: bytes | None = None) -> WinHttp:
    """The store of `set proxy` by the blobs of both views; None: the value does not exist."""
    shown_32 = raw_32.hex() if raw_32 else ""
    if raw is None:
        return WinHttp(True, "", "", (), False, "", shown_32)
    try:
        settings = decode(raw)
    except BlobError as error:
        return WinHttp(False, "", "", (), True, raw.hex(), shown_32, str(error))
    http, https = settings.proxies.address("http"), settings.proxies.address("https")
    return WinHttp(not (http or https), http, https, settings.bypass_list, True, raw.hex(), shown_32)


def _read_advanced(outcome: Outcome) -> Advanced | None:
    was_found(outcome)
    stored = netsh.parse_advproxy(outcome.output)
    return None if stored is None else advanced(stored)


def advanced(stored: netsh.AdvancedProxy) -> Advanced:
    """The store of `set advproxy` by what `show advproxy` says."""
    proxies, bypass = proxy_text.parse(stored.proxy), proxy_text.parse_bypass(stored.bypass)
    http, https = proxies.address("http"), proxies.address("https")
    return Advanced(http, https, bypass, stored.autoconfig_url, stored.auto_detect, stored.per_user)


def _read_account(outcome: Outcome) -> AccountSettings:
    def of(name: str, default: Any) -> Any:
        value = registry.value(outcome.output, name) if was_found(outcome) else None
        return default if value is None or not isinstance(value.data, type(default)) else value.data

    return AccountSettings(
        of("ProxyEnable", 0) == 1,
        of("ProxyServer", "").strip(),
        of("AutoConfigURL", "").strip(),
        proxy_text.parse_bypass(of("ProxyOverride", "")),
    )
