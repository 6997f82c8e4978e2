"""The machine-wide proxy: what is wanted of one of its two stores, and how the store comes to hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from ..._windows import netsh, winhttp_settings
from ..._windows.cmdline import Command
from ..._windows.winhttp_settings import decode
from ..operation import AdvancedSettings, Ask, Change, DomainError, Operation, Place, Refused, RegistryValue
from .stores import MACHINE_SETTINGS, STORES, Advanced, Stores, WinHttp, split_proxy


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
    answer = yield Ask(STORES.commands, may_change=PLACES[store], reads=True)
    before = answer[STORES]
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
        {"write": writing(store, wanted, wish is None).with_errors(), **STORES.commands},
        changes={"write": _changes(store, wanted, wish is None)},
    )
    written = answer["write"]
    after = answer[STORES]
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
