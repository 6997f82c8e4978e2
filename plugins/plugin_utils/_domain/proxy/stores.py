"""The two stores of the machine-wide proxy, and the accounts' own settings: how they are read and what they hold.

`netsh winhttp set proxy` (the blob WinHttpSettings) and `netsh winhttp set advproxy` (the machine's Internet settings,
with PAC and auto-detect) are two stores; on one host `show proxy` said direct while `show advproxy` showed a proxy
(likely; see docs/evidence.md). Nothing is read from translated text: the first is read from the registry, the second
is JSON whatever the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..._windows import netsh, proxy_text, registry, winhttp_settings
from ..._windows.cmdline import Command, Outcome
from ..._windows.winhttp_settings import BlobError, WinHttpSettings, decode
from ..operation import Fact, spared, values, was_found
from .own import OWN_STORES, OWN_VALUES

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
        return bool(self._stored.proxies.entries)

    @property
    def text(self) -> str:
        """The proxies in force as one text."""
        return one_text(self.http, self.https) or str(self._stored.proxies)

    @property
    def switched_off(self) -> str:
        """A proxy that the blob keeps while its flag is off."""
        return "" if self._stored.named else self._stored.proxy

    @property
    def _stored(self) -> WinHttpSettings:
        try:
            return decode(bytes.fromhex(self.raw))
        except ValueError:  # the absent value, or one whose `problem` says so
            return WinHttpSettings()


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
    switched_off: str = ""
    """A proxy, or else a script, that is kept while its switch is off (`ProxyIsEnabled`, `AutoConfigIsEnabled`)."""

    @property
    def text(self) -> str:
        """The proxies in force as one text."""
        return one_text(self.http, self.https)

    @property
    def empty(self) -> bool:
        return not (self.http or self.https or self.autoconfig_url or self.auto_detect)


def one_text(http: str, https: str) -> str:
    """Proxies for both protocols in WinHTTP's spelling."""
    if http == https:
        return http
    return ";".join(f"{scheme}={proxy}" for scheme, proxy in (("http", http), ("https", https)) if proxy)


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
    wpad_disabled: bool = False
    """It is known that WinHTTP discovers no proxy on the network (`auto_service`)."""
    unread: frozenset[str] = frozenset()
    """What could not be read: `advanced`, `policy`, accounts; of the stores of Defender's own proxy `defender` (the
    policy), `defender_manager` and `defender_local`. Of the WinHTTP store `problem` says so."""

    def of(self, store: str) -> WinHttp | Advanced | None:
        """The store that the option `store` names."""
        return self.winhttp if store == "winhttp" else self.advanced

    @property
    def caller_differs_from_system(self) -> bool:
        """The caller has a proxy of their own that SYSTEM has not: a test as the caller would prove nothing."""
        if self.settings_per_machine:
            return False
        caller, system = self.accounts.get("caller"), self.accounts.get("system")
        return bool(caller and system and _effective(caller) and _effective(caller) != _effective(system))


def _effective(settings: AccountSettings) -> tuple[str, str]:
    return (settings.proxy if settings.enabled else "", settings.autoconfig_url)


def _commands() -> dict[str, Command]:
    commands = {
        "proxy.blob": registry.query(winhttp_settings.KEY, winhttp_settings.NAME),
        "proxy.blob32": registry.query(winhttp_settings.KEY, winhttp_settings.NAME, view=32),
        "proxy.advanced": netsh.show_advproxy(),
        "proxy.policy": registry.query(PROXY_POLICY),
    }
    for account, hive in ACCOUNTS.items():
        commands[f"proxy.{account}"] = registry.query(f"{hive}\\{INTERNET_SETTINGS}")
    return commands


def _parse(outcomes: Mapping[str, Outcome]) -> Stores:
    return Stores(
        winhttp=winhttp(
            *(values.binary(outcomes[name], winhttp_settings.NAME) for name in ("proxy.blob", "proxy.blob32"))
        ),
        advanced=_read_advanced(outcomes["proxy.advanced"]),
        accounts={account: _read_account(spared(outcomes[f"proxy.{account}"])) for account in ACCOUNTS},
        settings_per_machine=values.number(outcomes["proxy.policy"], "ProxySettingsPerUser") == 0,
    )


STORES: Final = Fact(_commands(), _parse)
"""Both stores and the accounts' own settings. A blob that cannot be read is told in `problem`."""


OWN_COMMANDS: Final = dict(zip(OWN_STORES, ("defender.policy", "defender.manager", "defender.product"), strict=True))
"""Store of Defender's own proxy -> the command that reads it."""
OF_FACTS: Final = {
    **{f"proxy.winhttp.{name}": "proxy.blob" for name in ("direct", "http", "https", "bypass_list", "present", "raw")},
    "proxy.settings_per_machine": "proxy.policy",
    **{f"proxy.accounts.{name}": f"proxy.{name}" for name in ACCOUNTS},
    **{f"defender.{name}": "defender.policy" for name in ("proxy_server", "proxy_pac_url", "proxy_bypass")},
    **{
        f"defender.proxy_stores.{store}{f'.{name}' * bool(name)}": command
        for store, command in OWN_COMMANDS.items()
        for name in ("", *OWN_VALUES)
    },
}
"""Fact that a result of host_info may name as unknown -> a command that was to tell it."""


_DEFENDERS: Final = {
    "defender.policy": "defender",
    "defender.manager": "defender_manager",
    "defender.product": "defender_local",
}
_DEFENDERS_VALUES: Final = ("", *OWN_VALUES.values(), "ForceUseProxyOnly")


def unreadable(stores: Stores, unread: Mapping[str, str]) -> Stores:
    """The stores where some commands, values of one as `COMMAND/VALUE`, or facts could not be read: `unread` has the
    reason of each."""
    why: dict[str, str] = {}
    for name, reason in unread.items():
        command, _unused, value = OF_FACTS.get(name, name).partition("/")
        if command not in _DEFENDERS or value in _DEFENDERS_VALUES:
            why.setdefault(command, reason)
    lost = frozenset(name.partition(".")[2] for name in why if name in STORES.commands)
    lost |= {name for command, name in _DEFENDERS.items() if command in why}
    store = stores.winhttp
    if "proxy.blob" in why:
        store = replace(store, direct=False, http="", https="", problem=why["proxy.blob"])
    return replace(stores, winhttp=store, unread=stores.unread | lost)


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
    if stored is None:
        return None
    texts = {"ProxyServer": stored.proxy, "ProxyOverride": stored.bypass, "AutoConfigURL": stored.autoconfig_url}
    for name, text in texts.items():
        if why := values.unfit(registry.Value(name, "REG_SZ", text), is_list=name == "ProxyOverride"):
            raise ValueError(f"{name}: {why}")
    return advanced(stored)


def advanced(stored: netsh.AdvancedProxy) -> Advanced:
    """The store of `set advproxy` by what `show advproxy` says: what is in force, and beside it what is kept."""
    proxy = "" if stored.proxy_enabled is False else stored.proxy
    script = "" if stored.autoconfig_enabled is False else stored.autoconfig_url
    kept = (stored.proxy if not proxy else "") or (stored.autoconfig_url if not script else "")
    proxies, bypass = proxy_text.parse(proxy), proxy_text.parse_bypass(stored.bypass)
    http, https = proxies.address("http"), proxies.address("https")
    return Advanced(http, https, bypass, script, stored.auto_detect, stored.per_user, kept)


def _read_account(outcome: Outcome) -> AccountSettings:
    return AccountSettings(
        values.number(outcome, "ProxyEnable") == 1,
        values.text(outcome, "ProxyServer").strip(),
        values.text(outcome, "AutoConfigURL").strip(),
        proxy_text.parse_bypass(values.text(outcome, "ProxyOverride", is_list=True)),
    )
