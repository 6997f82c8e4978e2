"""Who connects, for the firewall's verdict: program, service and port."""

from __future__ import annotations

from typing import Final

from ..defender import Defender
from ..firewall import verdict as firewall_verdict
from ..proxy import Route


def maps_subject(product: Defender, way: Route) -> firewall_verdict.Subject:
    """Who speaks with MAPS: MsMpEng.exe, service WinDefend (recalled: Microsoft names no single list).

    The firewall sees the first hop only, so with a proxy in force the port is the proxy's.
    """
    folder = product.mpcmdrun.rpartition("\\")[0] or r"%ProgramFiles%\Windows Defender"
    return firewall_verdict.Subject(f"{folder}\\MsMpEng.exe", "WinDefend", way.first_hop(443))


def crl_subject(way: Route) -> firewall_verdict.Subject:
    """Who fetches revocation lists: CryptSvc as NETWORK SERVICE (KB 2623724)."""
    return firewall_verdict.Subject(r"%SystemRoot%\System32\svchost.exe", "CryptSvc", way.first_hop(80))


def probe_subject(maps: firewall_verdict.Subject) -> firewall_verdict.Subject:
    """Who probes: Windows' own curl.exe, on the way that Defender takes; what stops it need not stop Defender."""
    return firewall_verdict.Subject(r"%SystemRoot%\System32\curl.exe", "", maps.port)


SUBJECTS = (
    firewall_verdict.Subject("MsMpEng.exe", "WinDefend", 443),
    firewall_verdict.Subject("svchost.exe", "CryptSvc", 80),
    firewall_verdict.Subject("curl.exe", "", 443),
)
"""For the filter on the host, which looks at file names and services only."""
RULES: Final = firewall_verdict.rules_for(SUBJECTS)
