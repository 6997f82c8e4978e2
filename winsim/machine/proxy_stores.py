"""Where a machine keeps proxies, and which one a connection finds there.

All in the registry. Three stores of Windows:
- the WinHTTP proxy (`netsh winhttp set proxy`): `WinHttpSettings`, with a twin in the 32-bit view;
- the Internet (WinINet) settings of each account, services included;
- the machine's Internet settings (`netsh winhttp set advproxy setting-scope=machine`). Microsoft documents the command
  but not the place; that it is the Internet Settings key below HKLM, where ProxySettingsPerUser = 0 makes every account
  look (Microsoft, KB 2623724), is a guess.
And three that hold a proxy for Defender alone: see OWN_STORES.
"""

from __future__ import annotations

import fnmatch
import re

from . import internet_settings
from .defender import MANAGER_KEY, POLICY_KEY, STATE_KEY
from .internet_settings import InternetSettings
from .locale import codec
from .model import Machine
from .registry import ValueType
from .services import Start
from .winhttp_settings import CURRENT_VERSION, OLD_VERSION, MalformedSettings, WinHttpSettings, named, parse

MACHINE_KEY = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings"
PER_USER_KEY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
CONNECTIONS_KEY = MACHINE_KEY + r"\Connections"
WINHTTP_KEY = MACHINE_KEY + r"\WinHttp"
WINHTTP_VALUE = "WinHttpSettings"
QUOTATION_MARKS = "\u201c\u201d"

OWN_STORES = (POLICY_KEY, MANAGER_KEY, STATE_KEY)
"""Where Defender looks for its own proxy: group policy, Intune, Set-MpPreference. The first that holds a value counts
(Microsoft, "Troubleshoot Microsoft Defender Antivirus settings", gives this order in general: sure; that it is that of
the proxy: likely; that Policy Manager can hold one: guess). The diagnosis must be right with other orders too, and
where Defender does not look into Policy Manager."""
OWN_VALUES_SINGLY = True
"""True: each value is looked for by itself; False: all come from the first store that names a proxy. Nowhere said
(guess)."""


def read_winhttp(machine: Machine, view: int = 64) -> WinHttpSettings:
    """The WinHTTP proxy; direct where the value is absent or no blob (likely)."""
    data = machine.registry.data(CONNECTIONS_KEY, WINHTTP_VALUE, view=view)
    try:
        return parse(data) if isinstance(data, bytes) else WinHttpSettings()
    except MalformedSettings:
        return WinHttpSettings()


def write_winhttp(machine: Machine, proxy: str, bypass: str = "") -> None:
    """Stores a WinHTTP proxy in both views, as `netsh winhttp set proxy` does; an empty proxy stores direct access."""
    version = CURRENT_VERSION if machine.os.build >= 17763 else OLD_VERSION
    settings = named(proxy, bypass, version) if proxy else WinHttpSettings(version=version)
    for view in (64, 32):
        machine.registry.set(CONNECTIONS_KEY, WINHTTP_VALUE, ValueType.BINARY, settings.to_bytes(), view)


def quote_stored(machine: Machine) -> None:
    """Puts typographic quotation marks around the stored WinHTTP proxy and its bypass list, and around Defender's own,
    as a command has them that was copied from a page or a document into a tool that stores what it is given. In the
    blob they are bytes of the ANSI code page (guess)."""
    before, after = (mark.encode(codec(machine.locale.ansi_code_page)).decode("latin-1") for mark in QUOTATION_MARKS)
    settings = read_winhttp(machine)
    if settings.uses_proxy:
        texts = (f"{before}{text}{after}" if text else "" for text in (settings.proxy, settings.bypass))
        write_winhttp(machine, *texts)
    for key in OWN_STORES:
        for name in ("ProxyServer", "ProxyBypass"):
            if text := machine.registry.text(key, name):
                machine.registry.set_text(key, name, QUOTATION_MARKS[0] + text + QUOTATION_MARKS[1])


def read_account(machine: Machine, sid: str) -> InternetSettings:
    """The Internet settings of an account."""
    return internet_settings.read(machine.registry, f"HKU\\{sid}\\{internet_settings.ACCOUNT_KEY}")


def write_account(machine: Machine, sid: str, settings: InternetSettings) -> None:
    """Stores the Internet settings of an account."""
    internet_settings.write(machine.registry, f"HKU\\{sid}\\{internet_settings.ACCOUNT_KEY}", settings)


def read_advanced(machine: Machine) -> InternetSettings:
    """The machine's Internet settings."""
    return internet_settings.read(machine.registry, MACHINE_KEY)


def write_advanced(machine: Machine, settings: InternetSettings) -> None:
    """Stores the machine's Internet settings."""
    internet_settings.write(machine.registry, MACHINE_KEY, settings)


def settings_are_per_user(machine: Machine) -> bool:
    """False when the policy ProxySettingsPerUser is 0: then the machine's settings stand for every account's."""
    return machine.registry.number(PER_USER_KEY, "ProxySettingsPerUser", 1) != 0


def own(machine: Machine, name: str) -> str:
    """A value of Defender's own proxy (ProxyServer, ProxyPacUrl, ProxyBypass), empty where none is set."""
    stores: tuple[str, ...] = (MANAGER_KEY,) if machine.defender.controlled_configuration else OWN_STORES
    if not OWN_VALUES_SINGLY:
        proxies = ("ProxyServer", "ProxyPacUrl")
        stores = tuple(key for key in stores if any(machine.registry.text(key, one) for one in proxies))[:1]
    return next((text for key in stores if (text := machine.registry.text(key, name))), "")


def winhttp_proxy(machine: Machine, host: str, scheme: str = "https") -> str | None:
    """The WinHTTP proxy (`host:port`, lower case) for a request to `host`.

    Empty: the request goes directly although a proxy is set (bypass list, none for this scheme). None: none is set.
    """
    settings = read_winhttp(machine)
    return chosen(settings.proxy, settings.bypass, host, scheme) if settings.uses_proxy else None


def account_proxy(machine: Machine, sid: str, host: str, scheme: str = "https") -> str | None:
    """The proxy that the Internet settings of an account (or the machine's, see `settings_are_per_user`) yield.

    A script (PAC) that answers goes before the proxy by name (Microsoft, WinINet's order: likely); the answers come
    from `network.pac_files`. Empty and None as in `winhttp_proxy`; auto-detection is left to the caller.
    """
    settings = read_account(machine, sid) if settings_are_per_user(machine) else read_advanced(machine)
    if settings.script in machine.network.pac_files:
        return machine.network.pac_files[settings.script].lower()
    if settings.proxy_enabled and settings.proxy:
        return chosen(settings.proxy, settings.bypass, host, scheme)
    return None


def chosen(proxies: str, bypass: str, host: str, scheme: str) -> str:
    """`host:port` of the proxy that a list names for a scheme; empty: directly."""
    return "" if bypassed(bypass, host) else _for_scheme(proxies, scheme)


def _for_scheme(proxies: str, scheme: str) -> str:
    """One entry of `[<scheme>=][<scheme>"://"]<server>[":"<port>]`, several being separated by blanks or semicolons
    (Microsoft, WINHTTP_PROXY_INFO: sure). An entry without `scheme=` serves every scheme."""
    general = ""
    for entry in re.split(r"[;\s]+", proxies.strip()):
        before, equals, server = entry.rpartition("=")
        server = server.rpartition("//")[2].rstrip("/").lower()
        if equals and before.lower() == scheme:
            return server
        if not equals:
            general = general or server
    return general


def bypassed(bypass: str, host: str) -> bool:
    """Whether a bypass list exempts `host`: entries separated by blanks or semicolons, `*` anywhere, `<local>` for
    names without a dot (Microsoft, WINHTTP_PROXY_INFO: sure for `<local>` and a leading `*`)."""
    host = host.lower()
    for entry in re.split(r"[;\s]+", bypass.strip().lower()):
        if entry == "<local>":
            if "." not in host:
                return True
            continue
        pattern = re.sub(r":\d+$", "", entry.rpartition("//")[2])
        if pattern and fnmatch.fnmatchcase(host, pattern.replace("[", "[[]")):
            return True
    return False


AUTO_PROXY_SERVICE = "WinHttpAutoProxySvc"


def finds_proxies(machine: Machine) -> bool:
    """Since Windows 10 1709 WinHTTP finds no proxy, manual ones included, without the auto-proxy service (impact text
    of the CIS control that disables it: likely; that a proxy which is set is passed over: guess). It starts on demand,
    so only one that is disabled is missing."""
    off = machine.services.start_type(AUTO_PROXY_SERVICE) == Start.DISABLED
    return machine.os.build < 16299 or not off or machine.services.is_running(AUTO_PROXY_SERVICE)


def discovers(machine: Machine) -> bool:
    """Whether WinHTTP looks for a proxy on the network (WPAD): not where DisableWpad is 1, which Windows 10 1809,
    Server 2019 and later obey (Microsoft, "How to disable HTTP proxy features": sure)."""
    return machine.os.build < 17763 or machine.registry.number(WINHTTP_KEY, "DisableWpad") != 1
