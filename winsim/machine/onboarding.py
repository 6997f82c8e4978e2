"""How a machine is onboarded to Defender for Endpoint: what the sensor keeps of its onboarding package.

The value, its key and its shape: Microsoft's analyzer for Windows reads them so (published copies: likely). The
servers: published packages (likely). That Defender asks `mdav.GEO.endpoint.security.microsoft.com` for MAPS where the
package names the domain of streamlined connectivity: addresses in its security intelligence, published (likely).
"""

from __future__ import annotations

import json

from .model import Machine

KEY = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection"
STANDARD, STREAMLINED = "standard", "streamlined"
KINDS = (STANDARD, STREAMLINED)
ARTICLE_HOST = "maps.wdcp.microsoft.com"
"""Stands for every name under the article's `*.wdcp.microsoft.com`; that only some of them answer is not simulated."""
DOMAIN = ".endpoint.security.microsoft.com"
_BODIES = {
    STANDARD: {
        "geoLocationUrl": "https://winatp-gw-neu.microsoft.com/",
        "datacenter": "NorthEurope",
        "vortexGeoLocation": "EU",
    },
    STREAMLINED: {
        "geoLocationUrl": f"https://edr-neu.eu{DOMAIN}/edr/",
        "datacenter": "NorthEurope",
        "vortexGeoLocation": "EU",
        "partnerGeoLocation": "GW_EU",
    },
}


def onboard(machine: Machine, kind: str) -> None:
    """Onboards a machine of the European Union, as one of KINDS."""
    body = {"previousOrgIds": [], "orgId": "01234567-89ab-cdef-0123-456789abcdef", **_BODIES[kind], "version": "1.4"}
    compact = (",", ":")
    info = json.dumps({"body": json.dumps(body, separators=compact), "sig": "c2lnbmF0dXJl"}, separators=compact)
    machine.registry.set_text(KEY, "OnboardedInfo", info)
    machine.registry.set_text(KEY, "senseId", machine.name.encode().hex().ljust(40, "0")[:40])
    machine.registry.set_dword(f"{KEY}\\Status", "OnboardingState", 1)


def maps_host(machine: Machine) -> str:
    """Whom Defender asks for MAPS on this machine."""
    stored = machine.registry.text(KEY, "OnboardedInfo")
    if not stored:
        return ARTICLE_HOST
    host = json.loads(json.loads(stored)["body"])["geoLocationUrl"].split("/")[2]
    return f"mdav.{host.partition('.')[2]}" if host.endswith(DOMAIN) else ARTICLE_HOST
