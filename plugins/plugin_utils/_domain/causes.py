"""The causes that this collection knows, what each means, and who can do something about it.

Texts on the article's errors keep to the article's wording. A remedy names the module that applies it, or who must act.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Solution:
    """One way to help, as results show it."""

    text: str
    module: str
    """The module that applies it; empty: a person must act."""
    who: str
    """Who must act where no module can."""


@dataclass(frozen=True)
class Cause:
    """A cause of a failing MAPS connection."""

    id: str
    explanation: str
    solutions: tuple[Solution, ...]
    applicable: bool = True
    """False: there is nothing to reach here, so the host is `not_applicable`."""


SET_PROXY = Solution(
    "configure the system-wide WinHTTP proxy, so that the CRL can be checked (the solution that Microsoft prefers)",
    "windefend.maps.winhttp_proxy",
    "",
)
LOOSEN = Solution(
    "workaround, not a best practice: disable the revocation check for Spynet only (SSLOptions 2 keeps certificate "
    "pinning)",
    "windefend.maps.spynet",
    "",
)


def _ask(who: str, text: str) -> Solution:
    return Solution(text, "", who)


ROOT_UPDATE = _ask(
    "the owner of certificate distribution",
    "on disconnected networks, redirect the Microsoft automatic update URL (Microsoft's second choice)",
)

CAUSES: dict[str, Cause] = {
    cause.id: cause
    for cause in (
        Cause(
            "winhttp_proxy_missing",
            "No system-wide WinHTTP proxy is set. The operating system does not know the proxy and cannot fetch the "
            "CRL, so the TLS connection to MAPS never fully succeeds.",
            (SET_PROXY, ROOT_UPDATE, LOOSEN),
        ),
        Cause(
            "crl_unreachable",
            "A proxy is set, but the certificate revocation list cannot be fetched through it, so the TLS connection "
            "to MAPS fails.",
            (
                _ask("the proxy team", "let crl.microsoft.com and www.microsoft.com/pkiops pass on port 80"),
                LOOSEN,
            ),
        ),
        Cause(
            "winhttp_proxy_dead",
            "The system-wide WinHTTP proxy does not answer, or its name does not resolve.",
            (SET_PROXY, _ask("the proxy team", "say which proxy this host must use")),
        ),
        Cause(
            "proxy_authentication",
            "The proxy wants a password, which Windows' services do not bring.",
            (_ask("the proxy team", "let the Microsoft endpoints pass without a password for the computers"),),
        ),
        Cause(
            "perimeter",
            "The connection is blocked on its way: the proxy or the perimeter does not let the host out to MAPS.",
            (_ask("the network team", "allow *.wdcp.microsoft.com, *.wdcpalt.microsoft.com and *.wd.microsoft.com"),),
        ),
        Cause(
            "firewall_default_block",
            "Windows Firewall blocks outbound connections by default and no rule allows Defender's.",
            (Solution("add allow rules for Defender's services", "windefend.maps.firewall_rule", ""),),
        ),
        Cause(
            "firewall_block_rule",
            "A rule of Windows Firewall blocks Defender's connection. This collection did not write it and does not "
            "touch it.",
            (_ask("the security team", "find out who wrote the rule and remove it; malware writes such rules too"),),
        ),
        Cause(
            "tls_inspection",
            "A device on the way decrypts TLS and presents a certificate that is not Microsoft's, which certificate "
            "pinning refuses.",
            (_ask("the proxy team", "exempt *.wdcp.microsoft.com and *.wd.microsoft.com from TLS inspection"),),
        ),
        Cause(
            "name_resolution",
            "The names of the MAPS endpoints do not resolve on this host.",
            (SET_PROXY, _ask("the network team", "let the host resolve the endpoints' names, or give it a proxy")),
        ),
        Cause(
            "clock_skew",
            "The host's clock is far off, so certificates seem expired or not yet valid.",
            (_ask("the host's owner", "set the clock and repair time synchronisation"),),
        ),
        Cause(
            "service_stopped",
            # rbmm/DisableSvc: the service's descriptor grants administrators no change of its configuration.
            "The Microsoft Defender Antivirus service is stopped or disabled. Windows does not let administrators "
            "change its configuration, so this collection cannot start it.",
            (_ask("the security team", "find out what disabled it (policy, another product, malware) and undo that"),),
        ),
        Cause(
            "not_elevated",
            "The account is not elevated on the host, and the validation works for administrators only.",
            (_ask("the automation's owner", "use an account that is administrator on the host"),),
        ),
        Cause(
            "windows_too_old",
            "This version of Windows does not know ValidateMapsConnection; it needs Windows 10 1703 (build 15063) or "
            "Server 2019.",
            (_ask("the host's owner", "upgrade Windows; until then the connection cannot be validated this way"),),
        ),
        Cause(
            "other_antivirus",
            "Microsoft Defender Antivirus is absent, passive or switched off; another product does its work.",
            (),
            applicable=False,
        ),
        Cause(
            "maps_off",
            "MAPS membership is switched off (SpynetReporting is 0): there is nothing to reach.",
            (Solution("switch cloud protection on, where it is wanted", "windefend.maps.spynet", ""),),
            applicable=False,
        ),
        Cause(
            "unknown",
            "The cause is not known: neither the code nor the state of the host points to one.",
            (_ask("the network team", "follow the connection with a probe of the endpoints from this host"),),
        ),
    )
}
