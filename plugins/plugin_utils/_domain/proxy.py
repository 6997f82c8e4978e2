"""The machine-wide proxy: what is set in its two stores, what is wanted, and how one becomes the other.

`netsh winhttp set proxy` (the blob WinHttpSettings) and `netsh winhttp set advproxy` (the machine's Internet settings,
with PAC and auto-detect) are two stores; on one host `show proxy` said direct while `show advproxy` showed a proxy
(likely; see docs/evidence.md). Nothing is read from translated text: the first is read from the registry, the second
is JSON whatever the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .._windows import netsh, registry, winhttp_settings
from .._windows.cmdline import Command, Outcome
from .._windows.winhttp_settings import BlobError, WinHttpSettings, decode
from .journal_places import AdvancedSettings, Change, Place, RegistryValue
from .operation import Ask, DomainError, Operation, Refused, found

INTERNET_SETTINGS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
MACHINE_SETTINGS = winhttp_settings.KEY.rpartition("\\")[0]
PROXY_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"

ACCOUNTS = {"caller": "HKCU", "system": r"HKU\S-1-5-18", "network_service": r"HKU\S-1-5-20"}
"""Whose Internet settings matter: the caller's may falsify a test, SYSTEM runs Defender, NETWORK SERVICE CryptSvc."""


@dataclass(frozen=True)
class Wish:
    """What a store shall hold. Empty strings and an empty list mean none."""

    http: str = ""
    https: str = ""
    bypass_list: tuple[str, ...] = ()
    autoconfig_url: str = ""
    auto_detect: bool = False

    @property
    def proxy_text(self) -> str:
        """The proxy in WinHTTP's spelling: `host:port`, or `http=...;https=...` where the two differ."""
        if self.http == self.https:
            return self.http
        return ";".join(f"{scheme}={value}" for scheme, value in (("http", self.http), ("https", self.https)) if value)


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

    @property
    def caller_differs_from_system(self) -> bool:
        """The caller has a proxy of their own that SYSTEM has not: a test as the caller would prove nothing."""
        caller, system = self.accounts.get("caller"), self.accounts.get("system")
        return bool(caller and system and _effective(caller) and _effective(caller) != _effective(system))


def _effective(settings: AccountSettings) -> tuple[str, str]:
    return (settings.proxy if settings.enabled else "", settings.autoconfig_url)


def reading() -> dict[str, Command]:
    """The commands that read both stores and the accounts' settings."""
    commands = {
        "proxy.blob": registry.query(winhttp_settings.KEY, winhttp_settings.NAME),
        "proxy.blob32": registry.query(winhttp_settings.KEY, winhttp_settings.NAME, view=32),
        "proxy.advanced": netsh.show_advproxy(),
        "proxy.policy": registry.query(PROXY_POLICY, "ProxySettingsPerUser"),
    }
    for account, hive in ACCOUNTS.items():
        commands[f"proxy.{account}"] = registry.query(f"{hive}\\{INTERNET_SETTINGS}")
    return commands


def read(outcomes: Mapping[str, Outcome]) -> Stores:
    """What the commands of `reading` found. A blob that cannot be read is told in `problem`."""
    per_user = outcomes["proxy.policy"]
    policy = registry.value(per_user.output, "ProxySettingsPerUser") if found(per_user) else None
    return Stores(
        winhttp=_read_winhttp(outcomes["proxy.blob"], outcomes["proxy.blob32"]),
        advanced=_read_advanced(outcomes["proxy.advanced"]),
        accounts={account: _read_account(outcomes[f"proxy.{account}"]) for account in ACCOUNTS},
        settings_per_machine=policy is not None and policy.data == 0,
    )


def _blob(outcome: Outcome) -> bytes | None:
    if not found(outcome):
        return None
    value = registry.value(outcome.output, winhttp_settings.NAME)
    return value.data if value is not None and isinstance(value.data, bytes) else None


def _read_winhttp(outcome: Outcome, outcome_32: Outcome) -> WinHttp:
    raw, raw_32 = _blob(outcome), _blob(outcome_32)
    if raw is None:
        return WinHttp(True, "", "", (), False, "", raw_32.hex() if raw_32 else "")
    try:
        settings = decode(raw)
    except BlobError as error:
        return WinHttp(False, "", "", (), True, raw.hex(), raw_32.hex() if raw_32 else "", str(error))
    http, https = _both(settings)
    return WinHttp(
        not (http or https), http, https, split_bypass(settings.bypass), True, raw.hex(), raw_32.hex() if raw_32 else ""
    )


def _both(settings: WinHttpSettings) -> tuple[str, str]:
    if settings.direct:
        return "", ""
    return split_proxy(settings.proxy)


def _read_advanced(outcome: Outcome) -> Advanced | None:
    found(outcome)
    stored = netsh.parse_advproxy(outcome.output)
    if stored is None:
        return None
    http, https = split_proxy(stored.proxy)
    return Advanced(
        http, https, split_bypass(stored.bypass), stored.autoconfig_url, stored.auto_detect, stored.per_user
    )


def _read_account(outcome: Outcome) -> AccountSettings:
    def of(name: str, default: Any) -> Any:
        value = registry.value(outcome.output, name) if found(outcome) else None
        return default if value is None or not isinstance(value.data, type(default)) else value.data

    return AccountSettings(
        of("ProxyEnable", 0) == 1,
        of("ProxyServer", "").strip(),
        of("AutoConfigURL", "").strip(),
        split_bypass(of("ProxyOverride", "")),
    )


def split_proxy(text: str) -> tuple[str, str]:
    """The proxies for http and https in `host:port` or `http=...;https=...` (blanks separate too)."""
    plain, by_scheme = "", {}
    for part in re.split(r"[;\s]+", text.strip()):
        scheme, equals, value = part.partition("=")
        if equals:
            by_scheme[scheme.lower()] = value
        elif part and not plain:
            plain = part
    return by_scheme.get("http", plain), by_scheme.get("https", plain)


def split_bypass(text: str) -> tuple[str, ...]:
    """The entries of a bypass list, in order, without empty and doubled ones."""
    return tuple(dict.fromkeys(part for part in re.split(r"[;\s]+", text.strip()) if part))


_PROXY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?):(?P<port>\d{1,5})")
_BYPASS = re.compile(r"<local>|[A-Za-z0-9*.:\[\]_/-]+")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]+", re.IGNORECASE)


def check_proxy(option: str, text: str) -> str:
    """`text` when it is a plain `host:port`; raises Refused with the option's name otherwise."""
    if "@" in text:
        raise Refused(
            f"{option} must not carry credentials: WinHTTP cannot store a user or password, and anyone may read this "
            "value. Let the proxy accept the computers without a password, or let it take their Kerberos identity"
        )
    if "://" in text:
        raise Refused(
            f"{option} must be host:port without a scheme, not {text!r}: netsh would take the scheme for a part of "
            "the host's name"
        )
    match = _PROXY.fullmatch(text)
    if not match:
        raise Refused(f"{option} must be host:port, not {text!r}")
    if not 1 <= int(match["port"]) <= 65535:
        raise Refused(f"{option}: the port of {text!r} is not between 1 and 65535")
    return text


def check_wish(wish: Wish, store: str) -> Wish:
    """The wish, when the store can hold it; raises Refused otherwise, before anything is sent."""
    for option, proxy in (("proxy (http)", wish.http), ("proxy (https)", wish.https)):
        if proxy:
            check_proxy(option, proxy)
    for entry in wish.bypass_list:
        if not _BYPASS.fullmatch(entry):
            raise Refused(
                f"bypass_list: {entry!r} holds characters that no host name, address or <local> has; give one host "
                "pattern an entry, such as *.corp.example, 10.* or <local>"
            )
    if wish.autoconfig_url and not _URL.fullmatch(wish.autoconfig_url):
        raise Refused(f"autoconfig_url must be an http or https URL without blanks, not {wish.autoconfig_url!r}")
    if store == "winhttp" and (wish.autoconfig_url or wish.auto_detect):
        raise Refused(
            "autoconfig_url and auto_detect need store=advanced: 'netsh winhttp set proxy' keeps a fixed proxy only"
        )
    return wish


def matches(stores: Stores, store: str, wish: Wish) -> bool:
    """Whether a store already holds what is wished; the order of the bypass list does not matter."""
    if store == "winhttp":
        if stores.winhttp.problem:
            return False
        state: WinHttp | Advanced = stores.winhttp
        extra = bool(wish.proxy_text) or not _names_a_proxy(stores.winhttp)
    else:
        if stores.advanced is None:
            return False
        state = stores.advanced
        extra = (state.autoconfig_url, state.auto_detect) == (wish.autoconfig_url, wish.auto_detect)
    same_proxy = (state.http.lower(), state.https.lower()) == (wish.http.lower(), wish.https.lower())
    return extra and same_proxy and _bypass_set(state.bypass_list) == _bypass_set(wish.bypass_list)


def _names_a_proxy(store: WinHttp) -> bool:
    """Whether the blob names any proxy, also one for neither http nor https (`socks=...`), which `direct` omits."""
    settings = decode(bytes.fromhex(store.raw)) if store.raw else None
    return settings is not None and not settings.direct and bool(settings.proxy.strip())


def _bypass_set(entries: tuple[str, ...]) -> frozenset[str]:
    return frozenset(entry.lower() for entry in entries)


def predicted(stores: Stores, store: str, wish: Wish) -> Stores:
    """What the stores would hold after the change, for check mode; the blob itself cannot be foretold."""
    if store == "winhttp":
        direct = not (wish.http or wish.https)
        state = replace(
            stores.winhttp, direct=direct, http=wish.http, https=wish.https, bypass_list=wish.bypass_list, present=True
        )
        return replace(stores, winhttp=state)
    per_user = stores.advanced.per_user if stores.advanced else None
    return replace(
        stores,
        advanced=Advanced(wish.http, wish.https, wish.bypass_list, wish.autoconfig_url, wish.auto_detect, per_user),
    )


def imported(stores: Stores) -> Wish:
    """What `import proxy source=ie` takes over: the caller's manual proxy, never a PAC script (KB 4494447), and its
    bypass list (likely: capture)."""
    caller = stores.accounts["caller"]
    http, https = split_proxy(caller.proxy) if caller.enabled else ("", "")
    return Wish(http, https, caller.bypass_list)


def writing(store: str, wish: Wish, import_ie: bool = False) -> Command:
    """The command that makes a store hold the wish."""
    if import_ie:
        return netsh.import_proxy_ie()
    if store == "advanced":
        return netsh.set_advproxy(
            netsh.AdvancedProxy(
                proxy=wish.proxy_text,
                bypass=";".join(wish.bypass_list),
                autoconfig_url=wish.autoconfig_url,
                auto_detect=wish.auto_detect,
            )
        )
    if wish.http or wish.https:
        return netsh.set_proxy(wish.proxy_text, wish.bypass_list)
    return netsh.reset_proxy()


PLACES: dict[str, tuple[Place, ...]] = {
    "winhttp": tuple(RegistryValue(winhttp_settings.KEY, winhttp_settings.NAME, view) for view in (64, 32)),
    "advanced": (
        AdvancedSettings(),
        *(
            RegistryValue(MACHINE_SETTINGS, name)
            for name in ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL")
        ),
        *(RegistryValue(winhttp_settings.KEY, name) for name in ("DefaultConnectionSettings", "SavedLegacySettings")),
    ),
}
"""Where each store lies. That netsh keeps the advanced one in these values is a guess, so a journal holds both what
netsh shows and the values, and both are brought back."""


def _changes(store: str, wish: Wish, import_ie: bool) -> tuple[Change, ...]:
    if store == "winhttp":
        # How an import writes the bypass list is not certain enough to be compared.
        bypass = None if import_ie else list(wish.bypass_list)
        intended = {"winhttp": {"http": wish.http, "https": wish.https, "bypass": bypass}}
        return tuple(Change(place, intended) for place in PLACES[store])
    settings = {
        "http": wish.http,
        "https": wish.https,
        "bypass": list(wish.bypass_list),
        "autoconfig_url": wish.autoconfig_url,
        "auto_detect": wish.auto_detect,
    }
    first, *others = PLACES[store]
    return (Change(first, settings), *(Change(place, {"follows": "advanced_settings"}) for place in others))


def configure(wish: Wish | None, store: str, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes a store hold `wish` (None: import the caller's) and proves it by reading again.

    Returns changed, before, after, store. Raises Refused, DomainError.
    """
    if wish is not None:
        check_wish(wish, store)
    answer = yield Ask(reading(), may_change=PLACES[store])
    before = read(answer.outcomes)
    if store == "advanced" and before.advanced is None:
        raise DomainError(
            "this build of Windows has no 'netsh winhttp set advproxy' (it came with Windows 11 and Server 2022); "
            "use store=winhttp"
        )
    wanted = imported(before) if wish is None else wish
    if matches(before, store, wanted):
        return _result(False, store, before, before)
    if check_mode:
        return _result(True, store, before, predicted(before, store, wanted))
    answer = yield Ask(
        {"write": writing(store, wanted, wish is None).with_errors(), **reading()},
        changes={"write": _changes(store, wanted, wish is None)},
    )
    written = answer["write"]
    after = read(answer.outcomes)
    if not matches_for(after, store, wanted, wish is None):
        said = written.text.strip()
        raise DomainError(
            f"netsh was told to set the proxy but what is stored is not what was wished (exit code {written.exit_code}"
            + (f", it said: {said}" if said else "")
            + "). Is the account elevated, or does a policy write the value?",
            before=before,
            after=after,
        )
    return _result(True, store, before, after)


def matches_for(stores: Stores, store: str, wish: Wish, import_ie: bool) -> bool:
    """As `matches`; how an import writes the bypass list is not certain enough to be proven by it."""
    if import_ie:
        state = stores.winhttp
        return not state.problem and (state.http.lower(), state.https.lower()) == (
            wish.http.lower(),
            wish.https.lower(),
        )
    return matches(stores, store, wish)


def _result(changed: bool, store: str, before: Stores, after: Stores) -> dict[str, Any]:
    return {"changed": changed, "store": store, "before": _shown(before), "after": _shown(after)}


def _shown(stores: Stores) -> dict[str, Any]:
    return {"winhttp": stores.winhttp, "advanced": stores.advanced}
