"""Proxies, perimeters and what lies between a host and Microsoft."""

from __future__ import annotations

from ..machine import proxy_stores
from ..machine.application_control import SCRIPTS
from ..machine.defender import POLICY_KEY, STATE_KEY
from ..machine.internet_settings import InternetSettings
from ..machine.model import Machine
from ..machine.network import Barrier, Proxy
from ..machine.services import SERVICES_KEY, Start, State
from ..windows_update import UPDATE_KEY
from .scenario import Cause, Outcome, scenario

PROXY = "proxy.corp.example:3128"
"""The company's proxy, which every host of a closed network may use."""
SECOND_NAME = "10.0.0.5:3128"
"""The same proxy by its address."""
DEAD_PROXY = "old-proxy.corp.example:8080"
BYPASS = "<local>;*.corp.example"
WSUS = "wsus.corp.example:8530"
TCPIP_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"


def _close(machine: Machine, barrier: Barrier, rule: str = "*:*") -> Proxy:
    """Puts a host into a company network: `rule` (`host pattern:port`) does not get out directly, the proxy does."""
    proxy = Proxy()
    machine.network.direct.blocked[rule] = barrier
    machine.network.proxies.update({PROXY: proxy, SECOND_NAME: proxy})
    return proxy


@scenario(Outcome.HEALTHY)
def healthy(machine: Machine) -> None:
    """An open network; nothing is wrong."""


@scenario(Outcome.HEALTHY)
def healthy_behind_proxy(machine: Machine) -> None:
    """A closed network, and the system-wide WinHTTP proxy is set."""
    _close(machine, Barrier.DROP)
    proxy_stores.write_winhttp(machine, PROXY, BYPASS)


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def no_winhttp_proxy_72f8f(machine: Machine) -> None:
    """No proxy is set; 443 is open but port 80 is not, so no revocation list arrives: 0x80072F8F."""
    _close(machine, Barrier.DROP, "*:80")
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def key_denied(machine: Machine) -> None:
    """As no_winhttp_proxy_72f8f, and only SYSTEM may read Defender's policy key."""
    no_winhttp_proxy_72f8f(machine)
    machine.registry.deny(POLICY_KEY)


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING, os="windows_server_2016")
def server_2016_no_proxy(machine: Machine) -> None:
    """As no_winhttp_proxy_72f8f, on Server 2016 (build 14393) with a current platform of Defender, without curl.exe."""
    no_winhttp_proxy_72f8f(machine)


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def wsus_by_full_name(machine: Machine) -> None:
    """As no_winhttp_proxy_72f8f; updates come from a WSUS server by its full name, which the proxy does not know."""
    no_winhttp_proxy_72f8f(machine)
    domain = WSUS.partition(":")[0].partition(".")[2]
    machine.network.internal_servers[WSUS] = 200
    for name in ("WUServer", "WUStatusServer"):
        machine.registry.set_text(UPDATE_KEY, name, f"http://{WSUS}")
    machine.registry.set_dword(UPDATE_KEY + r"\AU", "UseWUServer", 1)
    for name in ("Domain", "NV Domain"):
        machine.registry.set_text(TCPIP_KEY, name, domain)


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def no_winhttp_proxy_70006(machine: Machine) -> None:
    """No proxy is set and the perimeter drops everything else: 0x80070006."""
    _close(machine, Barrier.DROP)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def no_winhttp_proxy_72efe(machine: Machine) -> None:
    """No proxy is set and the perimeter cuts connections in the TLS handshake: 0x80072EFE."""
    _close(machine, Barrier.CUT)


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def defender_proxy_only(machine: Machine) -> None:
    """Defender has a proxy of its own by policy, Windows has none: Defender gets out, the revocation lists do not."""
    _close(machine, Barrier.DROP)
    machine.registry.set_text(POLICY_KEY, "ProxyServer", f"http://{SECOND_NAME}")
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def defender_proxy_local(machine: Machine) -> None:
    """As defender_proxy_only, but Set-MpPreference gave Defender its proxy, so it stands in the product's own key."""
    _close(machine, Barrier.DROP)
    machine.registry.set_text(STATE_KEY, "ProxyServer", f"http://{SECOND_NAME}")
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def admin_own_proxy(machine: Machine) -> None:
    """The administrator's account has a proxy, SYSTEM has none: the command works by hand and the service does not."""
    _close(machine, Barrier.DROP)
    settings = InternetSettings(PROXY, BYPASS, proxy_enabled=True)
    proxy_stores.write_account(machine, machine.accounts[0].sid, settings)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING, os="windows_server_2022")
def advanced_store_only(machine: Machine) -> None:
    """The proxy stands in the machine's Internet settings (advproxy) alone, where services do not look."""
    _close(machine, Barrier.DROP)
    proxy_stores.write_advanced(machine, InternetSettings(PROXY, BYPASS, proxy_enabled=True))
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING, os="windows_11_23h2")
def proxy_switched_off(machine: Machine) -> None:
    """The machine's Internet settings hold for every account and keep the proxy, but its switch is off."""
    _close(machine, Barrier.DROP)
    machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_advanced(machine, InternetSettings(PROXY, BYPASS))
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING, os="windows_11_23h2")
def wpad_disabled(machine: Machine) -> None:
    """The machine's Internet settings hold for every account and ask for WPAD, which DisableWpad turns off."""
    _close(machine, Barrier.DROP)
    machine.network.wpad = PROXY
    machine.registry.set_dword(proxy_stores.PER_USER_KEY, "ProxySettingsPerUser", 0)
    proxy_stores.write_advanced(machine, InternetSettings(auto_detect=True))
    machine.registry.set_dword(proxy_stores.WINHTTP_KEY, "DisableWpad", 1)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.PROXY_BYPASSED, variables={"remediate_winhttp_proxy_bypass_list": "<local>"})
def proxy_bypassed(machine: Machine) -> None:
    """The WinHTTP proxy is set, and its bypass list exempts everything: the host goes directly and does not get out."""
    _close(machine, Barrier.DROP)
    proxy_stores.write_winhttp(machine, PROXY, "*")
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_UNUSABLE)
def proxy_unusable(machine: Machine) -> None:
    """A missing blank in the command put the bypass list into the name of the proxy, so no proxy can be reached."""
    _close(machine, Barrier.DROP)
    proxy_stores.write_winhttp(machine, f'{PROXY}bypass-list="<local>"')
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_UNUSABLE, variables={"remediate_winhttp_proxy_bypass_list": "<local>"})
def smart_quotes(machine: Machine) -> None:
    """The command was copied from a document: typographic quotation marks are stored around proxy and bypass list."""
    _close(machine, Barrier.DROP)
    proxy_stores.write_winhttp(machine, PROXY, BYPASS)
    proxy_stores.quote_stored(machine)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_MISSING)
def applocker(machine: Machine) -> None:
    """As no_winhttp_proxy_70006; AppLocker refuses scripts, batch files and MpCmdRun.exe to users, not to SYSTEM."""
    no_winhttp_proxy_70006(machine)
    machine.application_control.refused += [*(f"*{ending}" for ending in SCRIPTS), "MpCmdRun.exe"]


@scenario(Outcome.NOT_REPAIRABLE, Cause.PROXY_SERVICE_OFF, os="windows_11_23h2")
def proxy_service_disabled(machine: Machine) -> None:
    """The WinHTTP proxy is set, and a baseline disabled WinHttpAutoProxySvc, without which Windows finds no proxy."""
    healthy_behind_proxy(machine)
    machine.services.running["winhttpautoproxysvc"].state = State.STOPPED
    machine.registry.set_dword(f"{SERVICES_KEY}\\WinHttpAutoProxySvc", "Start", Start.DISABLED)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.WINHTTP_PROXY_DEAD)
def proxy_dead(machine: Machine) -> None:
    """The WinHTTP proxy that is set was switched off; the company has another."""
    _close(machine, Barrier.DROP)
    proxy_stores.write_winhttp(machine, DEAD_PROXY, BYPASS)
    machine.defender.choice = 0


@scenario(Outcome.NOT_REPAIRABLE, Cause.PROXY_AUTHENTICATION)
def proxy_authentication(machine: Machine) -> None:
    """The proxy wants a password, and the services of the host have none for it."""
    _close(machine, Barrier.DROP).requires_password = True
    proxy_stores.write_winhttp(machine, PROXY, BYPASS)
    machine.defender.choice = 0


@scenario(Outcome.NOT_REPAIRABLE, Cause.TLS_INSPECTION)
def tls_inspection(machine: Machine) -> None:
    """The company's proxy decrypts TLS and shows certificates of its own."""
    _close(machine, Barrier.DROP).inspects_tls = True
    proxy_stores.write_winhttp(machine, PROXY, BYPASS)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.CRL_UNREACHABLE, variables={"remediate_ssl_options_workaround": "no_revocation"})
def crl_blocked(machine: Machine) -> None:
    """The proxy is set but lets nothing out on port 80: only giving up the revocation check helps on the host."""
    _close(machine, Barrier.DROP).blocked["*:80"] = Barrier.REFUSE
    proxy_stores.write_winhttp(machine, PROXY, BYPASS)
    machine.defender.choice = 0


@scenario(Outcome.REPAIRED, Cause.NAME_RESOLUTION)
def no_external_names(machine: Machine) -> None:
    """The host cannot resolve names of the Internet, only the proxy can; none is set."""
    _close(machine, Barrier.DROP)
    machine.network.resolves_external_names = False
    machine.defender.choice = 0
