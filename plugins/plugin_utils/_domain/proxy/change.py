"""The machine-wide proxy: what is wanted of one of its two stores, and how the store comes to hold it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from ..._windows import netsh, proxy_text, winhttp_settings
from ..._windows.cmdline import Command
from ..operation import (
    AdvancedIntent,
    AdvancedSettings,
    Ask,
    Change,
    FollowsIntent,
    HostError,
    Operation,
    Place,
    Refused,
    RegistryValue,
    Warn,
    WinHttpIntent,
    reason,
)
from .auto_service import DISABLE_WPAD, WINHTTP_KEY, WPAD_DISABLED
from .stores import MACHINE_SETTINGS, STORES, Advanced, Stores, WinHttp, one_text


@dataclass(frozen=True)
class ProxySettings:
    """What a store shall hold. Empty strings and an empty list mean none."""

    http: str = ""
    https: str = ""
    bypass_list: tuple[str, ...] = ()
    autoconfig_url: str = ""
    auto_detect: bool = False
    kept: tuple[str, ...] = field(default=(), compare=False)
    """Entries that the store holds already: they are written again whatever they are good for."""

    @property
    def proxy_text(self) -> str:
        """The proxy in WinHTTP's spelling: `host:port`, or `http=...;https=...` where the two differ."""
        return one_text(self.http, self.https)

    def means_the_same(self, other: ProxySettings) -> bool:
        """Whether the two differ in nothing but capital letters and the order of the bypass list."""
        return self._meaning == other._meaning

    def names_the_same(self, other: ProxySettings) -> bool:
        """The same for the proxies alone, whatever the bypass lists are."""
        return self.means_the_same(replace(other, bypass_list=self.bypass_list))

    @property
    def _meaning(self) -> tuple[object, ...]:
        bypass = frozenset(entry.lower() for entry in self.bypass_list)
        return self.http.lower(), self.https.lower(), bypass, self.autoconfig_url, self.auto_detect

    def validated(self, store: str) -> Self:
        """The request itself, when the store can hold it; raises Refused otherwise, before anything is sent."""
        for option, proxy in (("proxy (http)", self.http), ("proxy (https)", self.https)):
            if proxy:
                check_proxy(option, proxy)
        for entry in self.bypass_list:
            if entry not in self.kept or not _CARRIED.fullmatch(entry):
                check_bypass(entry)
        if self.autoconfig_url:
            check_script("autoconfig_url", self.autoconfig_url)
        if store == "winhttp" and (self.autoconfig_url or self.auto_detect):
            raise Refused(
                "autoconfig_url and auto_detect require store=advanced: 'netsh winhttp set proxy' only supports a "
                "fixed proxy"
            )
        return self


_PROXY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?):(?P<port>\d{1,5})")
_BYPASS = re.compile(r"<local>|(?:https?://)?[A-Za-z0-9*.:\[\]_-]+", re.IGNORECASE)
_CARRIED = re.compile(r"[!#$&-:<-?A-~]+")
"""Characters of ASCII that a command line carries, none of them an `@`, which may end a password."""
_RANGE = re.compile(r"[0-9]+\.[0-9.]+-[0-9.]+")
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]+", re.IGNORECASE)


def check_proxy(option: str, text: str) -> str:
    """`text` when it is a plain `host:port`; raises Refused with the option's name otherwise."""
    if "@" in text:
        raise Refused(
            f"{option} must not contain credentials: WinHTTP cannot store a user or password, and everyone can read "
            "this value. Let the proxy accept the computers without a password or with Kerberos"
        )
    if "://" in text:
        raise Refused(
            f"{option} must be host:port without a scheme, not {text!r}: netsh would treat the scheme as part of the "
            "host name"
        )
    match = _PROXY.fullmatch(text)
    if not match:
        raise Refused(f"{option} must be host:port, not {text!r}")
    if not 1 <= int(match["port"]) <= 65535:
        raise Refused(f"{option}: the port of {text!r} is not between 1 and 65535")
    return text


def check_script(option: str, url: str) -> None:
    """Raises Refused for what is no URL of a proxy script."""
    if not _URL.fullmatch(url):
        raise Refused(f"{option} must be an http or https URL without spaces, not {url!r}")


def check_bypass(entry: str, option: str = "bypass_list") -> None:
    """Raises Refused for an entry that WinHTTP stores and never obeys, or cannot store.

    WinHTTP compares the text of an entry with the host as it is written, and knows `*` and `<local>`
    (WINHTTP_PROXY_INFO: sure). What it makes of others a third party measured (docs.rs/proxy-watch: likely).
    """
    refused = f"{option}: {entry!r}"
    if entry.lower() == "<-loopback>":
        raise Refused(
            f"{refused} is a rule of Internet Explorer and of browsers; that WinHTTP knows it is not documented, so it "
            "would be stored without a known effect. Leave it out"
        )
    if "/" in entry.rpartition("://")[2]:
        raise Refused(
            f"{refused} is a subnet or a path, but WinHTTP compares text and knows no other wildcard than *, so it "
            f"would never apply{_instead(entry)}"
        )
    if _RANGE.fullmatch(entry):
        raise Refused(
            f"{refused} is a range of addresses, but WinHTTP compares text, so it would never apply; write patterns "
            "such as 10.*"
        )
    if entry.startswith("."):
        raise Refused(
            f"{refused} begins with a dot, but WinHTTP compares the whole name, so it would never apply; write *{entry}"
        )
    if not _BYPASS.fullmatch(entry):
        raise Refused(
            f"{refused} contains characters that are not allowed in a host name, address or <local>; use one host "
            "pattern per entry, such as *.corp.example, 10.* or <local>"
        )


def _instead(entry: str) -> str:
    """What to write in the place of a subnet, where one pattern says the same."""
    try:
        network = ipaddress.IPv4Network(entry, strict=False)
    except ValueError:
        return "; write host patterns such as *.corp.example or 10.*"
    parts = str(network.network_address).split(".")
    whole = network.prefixlen // 8
    if network.prefixlen % 8 or not whole:
        return f"; write patterns such as {parts[0]}.*, one for each part of the subnet"
    return f"; write {'.'.join(parts[:whole] + ['*'] * (whole < len(parts)))}"


def settings_from_options(arguments: Mapping[str, Any]) -> ProxySettings | None:
    """The settings that the options describe; None: import the caller's. Raises Refused."""
    given = arguments["proxy"]
    settings = (given, arguments["autoconfig_url"], arguments["auto_detect"])
    if arguments["state"] == "absent":
        if any(settings) or arguments["bypass_list"] or arguments["source"]:
            raise Refused(
                "state=absent clears the store, and cannot be combined with proxy, bypass_list, source, "
                "autoconfig_url or auto_detect"
            )
        return ProxySettings()
    if arguments["source"]:
        if arguments["store"] != "winhttp" or arguments["bypass_list"]:
            raise Refused(
                "source=ie imports proxy and bypass list into store=winhttp, so bypass_list and store=advanced "
                "cannot be used with it"
            )
        return None
    if not any(settings):
        raise Refused("state=present requires proxy, source, or with store=advanced autoconfig_url or auto_detect")
    http, https = _both(given)
    return ProxySettings(
        http,
        https,
        tuple(dict.fromkeys(arguments["bypass_list"])),
        arguments["autoconfig_url"] or "",
        bool(arguments["auto_detect"]),
    )


def _both(given: Any) -> tuple[str, str]:
    if given is None:
        return "", ""
    if isinstance(given, str):
        return given, given
    if isinstance(given, Mapping) and given and set(given) <= {"http", "https"}:
        http, https = str(given.get("http") or ""), str(given.get("https") or "")
        if http or https:
            return http, https
    raise Refused("proxy must be 'host:port' or a mapping with http and https, each 'host:port'")


def matches(state: WinHttp | Advanced | None, desired: ProxySettings, any_bypass: bool = False) -> bool:
    """Whether a store already holds what is desired; `any_bypass`: whatever its bypass list is."""
    if isinstance(state, WinHttp):
        if state.problem or (not desired.proxy_text and state.names_a_proxy):
            return False
        held = ProxySettings(state.http, state.https, state.bypass_list)
    elif state is not None:
        held = ProxySettings(state.http, state.https, state.bypass_list, state.autoconfig_url, state.auto_detect)
    else:
        return False
    return held.means_the_same(replace(desired, bypass_list=held.bypass_list) if any_bypass else desired)


def matches_intent(state: WinHttp | Advanced, intended: WinHttpIntent | AdvancedIntent) -> bool:
    """Whether a store is what a change meant to make."""
    if isinstance(intended, WinHttpIntent):
        desired = ProxySettings(intended.http, intended.https, intended.bypass or ())
        return matches(state, desired, any_bypass=intended.bypass is None)
    script, detect = intended.autoconfig_url, intended.auto_detect
    return matches(state, ProxySettings(intended.http, intended.https, intended.bypass, script, detect))


def predicted(stores: Stores, store: str, desired: ProxySettings) -> Stores:
    """What the stores would hold after the change, for check mode; the blob itself cannot be foretold."""
    if store == "winhttp":
        direct = not (desired.http or desired.https)
        state = replace(
            stores.winhttp,
            direct=direct,
            http=desired.http,
            https=desired.https,
            bypass_list=desired.bypass_list,
            present=True,
        )
        return replace(stores, winhttp=state)
    per_user = stores.advanced.per_user if stores.advanced else None
    return replace(
        stores,
        advanced=Advanced(
            desired.http, desired.https, desired.bypass_list, desired.autoconfig_url, desired.auto_detect, per_user
        ),
    )


def imported(stores: Stores) -> ProxySettings:
    """What `import proxy source=ie` takes over: the caller's manual proxy, never a PAC script (KB 4494447), and its
    bypass list (likely: capture)."""
    caller = stores.accounts["caller"]
    proxies = proxy_text.parse(caller.proxy if caller.enabled else "")
    return ProxySettings(proxies.address("http"), proxies.address("https"), caller.bypass_list)


def writing(store: str, desired: ProxySettings, import_ie: bool = False) -> Command:
    """The command that makes a store hold the settings."""
    if import_ie:
        return netsh.import_proxy_ie()
    if store == "advanced":
        return netsh.set_advproxy(
            netsh.AdvancedProxy(
                proxy=desired.proxy_text,
                bypass=";".join(desired.bypass_list),
                autoconfig_url=desired.autoconfig_url,
                auto_detect=desired.auto_detect,
            )
        )
    if desired.http or desired.https:
        return netsh.set_proxy(desired.proxy_text, desired.bypass_list)
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


def _changes(store: str, desired: ProxySettings, import_ie: bool) -> tuple[Change, ...]:
    if store == "winhttp":
        # How an import writes the bypass list is not certain enough to be compared.
        bypass = None if import_ie else desired.bypass_list
        intended = WinHttpIntent(desired.http, desired.https, bypass)
        return tuple(Change(place, intended) for place in PLACES[store])
    settings = AdvancedIntent(
        desired.http, desired.https, desired.bypass_list, desired.autoconfig_url, desired.auto_detect
    )
    first, *others = PLACES[store]
    return (Change(first, settings), *(Change(place, FollowsIntent()) for place in others))


def configure(desired: ProxySettings | None, store: str, check_mode: bool) -> Operation[dict[str, Any]]:
    """Makes a store hold `desired` (None: import the caller's) and proves it by reading again.

    Returns changed, before, after, store. Raises Refused, HostError.
    """
    if desired is not None:
        desired.validated(store)
    detects = WPAD_DISABLED.commands if desired is not None and desired.auto_detect else {}
    answer = yield Ask({**STORES.commands, **detects}, may_change=PLACES[store], reads=True)
    before = answer[STORES]
    if detects and not reason(answer["proxy.wpad"]) and answer[WPAD_DISABLED]:
        yield Warn(
            f"{DISABLE_WPAD} is 1 here, so Windows 10 1809, Server 2019 and later detect no proxy on the network, "
            f'and auto_detect has no effect. To use it, delete the value: reg delete "{WINHTTP_KEY}" /v {DISABLE_WPAD}'
        )
    if store == "advanced" and before.advanced is None:
        raise HostError(
            "this build of Windows has no 'netsh winhttp set advproxy' (it is part of Windows since Windows 11 and "
            "Server 2022); use store=winhttp"
        )
    if desired is None and (why := reason(answer["proxy.caller"])):
        raise HostError(f"{why}. So it is not known what would be imported, and nothing was changed")
    wanted = imported(before) if desired is None else desired
    if matches(before.of(store), wanted):
        return _result(False, store, before, before)
    if check_mode:
        return _result(True, store, before, predicted(before, store, wanted))
    answer = yield Ask(
        {"write": writing(store, wanted, desired is None).with_errors(), **STORES.commands},
        changes={"write": _changes(store, wanted, desired is None)},
        before=_shown(before),
    )
    written = answer["write"]
    after = answer[STORES]
    # How an import writes the bypass list is not certain enough to be proven by it.
    if not matches(after.of(store), wanted, any_bypass=desired is None):
        said = written.text.strip()
        raise HostError(
            f"netsh ran, but the stored proxy does not match the requested one (exit code {written.exit_code}"
            + (f", output: {said}" if said else "")
            + "). Check that the account is elevated and that no policy writes the value",
            before=before,
            after=after,
        )
    return _result(True, store, before, after)


def _result(changed: bool, store: str, before: Stores, after: Stores) -> dict[str, Any]:
    return {"changed": changed, "store": store, "before": _shown(before), "after": _shown(after)}


def _shown(stores: Stores) -> dict[str, Any]:
    return {"winhttp": stores.winhttp, "advanced": stores.advanced}
