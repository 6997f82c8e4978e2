"""Whether, and how, a host is onboarded to Defender for Endpoint, and so which addresses it asks for cloud protection.

Sources
- `OnboardedInfo` lies in this key, a JSON text whose `body` is one too, with `geoLocationUrl`, `vortexGeoLocation` and,
  in newer packages, `partnerGeoLocation`: Microsoft's analyzer for Windows reads it so (published copies: likely). That
  it is absent on hosts that are not onboarded: the analyzer and Defender's own signatures take it so (likely); whether
  it goes when a host is offboarded is not known.
- Packages for streamlined connectivity name `https://edr-REGION.GEO.endpoint.security.microsoft.com/edr/` and `GW_GEO`
  there, older ones `https://winatp-gw-REGION.microsoft.com/` (published packages: likely; the domains: Microsoft Learn,
  streamlined and standard URL lists of 2026: sure).
- MAPS is then at `https://mdav.GEO.endpoint.security.microsoft.com/mdav/`, where the analyzer for macOS and Linux asks
  for `test` and expects 404 (Defender's own tables of addresses, published: likely). Of the government's domain no name
  is known.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from ..._windows import registry
from ..._windows.cmdline import Outcome
from ..operation import Fact, values

KEY: Final = r"HKLM\SOFTWARE\Microsoft\Windows Advanced Threat Protection"
VALUE: Final = "OnboardedInfo"
NONE, STANDARD, STREAMLINED = "none", "standard", "streamlined"
STREAMLINED_DOMAIN: Final = "endpoint.security.microsoft.com"
ARTICLE_URLS: Final = ("https://wdcp.microsoft.com/", "https://wdcpalt.microsoft.com/", "https://cp.wd.microsoft.com/")
"""Names of the article's three MAPS patterns that answer."""

_SERVER = re.compile(r"https://([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})(?:[:/].*)?", re.IGNORECASE)
_STREAMLINED = re.compile(r"[a-z0-9-]+\.(?P<geo>[a-z0-9-]+)\.endpoint\.security\.microsoft\.(?P<cloud>com|us)")
_STANDARD = re.compile(r"winatp-gw-[a-z0-9-]+\.microsoft\.com")
_GATEWAY = "GW_"


@dataclass(frozen=True)
class Onboarding:
    """How a host is onboarded, as it is stored there."""

    kind: str = NONE
    """`none`, `standard` or `streamlined`."""
    server: str = ""
    """The server that gives the sensor its commands."""
    region: str = ""
    """`US`, `EU`; empty: not named."""

    @property
    def maps_urls(self) -> tuple[str, ...]:
        """Addresses of MAPS that this host asks and that answer; empty: which, is not known."""
        if self.kind != STREAMLINED:
            return ARTICLE_URLS
        found = _STREAMLINED.fullmatch(self.server)
        known = found is not None and found["cloud"] == "com"
        return (f"https://mdav.{found['geo']}.{STREAMLINED_DOMAIN}/mdav/test",) if found is not None and known else ()


def _parse(outcome: Outcome) -> Onboarding:
    stored = values.text(outcome, VALUE, is_list=True)
    if not stored:
        return Onboarding()
    try:
        body = json.loads(_text(json.loads(stored), "body"))
        found = _SERVER.fullmatch(_text(body, "geoLocationUrl"))
        partner = body.get("partnerGeoLocation")
        region = partner if isinstance(partner, str) else body.get("vortexGeoLocation")
    except (ValueError, RecursionError) as error:
        values.reject(outcome, VALUE, f"it is not the JSON that Defender for Endpoint writes ({type(error).__name__})")
        return Onboarding()
    server = found[1].lower() if found else ""
    streamlined = _STREAMLINED.fullmatch(server) is not None
    says_so = isinstance(partner, str) and partner.startswith(_GATEWAY)
    if not (streamlined or _STANDARD.fullmatch(server)) or (says_so and not streamlined):
        values.reject(outcome, VALUE, f"its server {server[:80]!a} is none of either kind of connectivity")
        return Onboarding()
    short = region.removeprefix(_GATEWAY) if isinstance(region, str) else ""
    region = short if re.fullmatch(r"[A-Za-z0-9-]{1,16}", short) else ""
    return Onboarding(STREAMLINED if streamlined else STANDARD, server, region)


def _text(part: Any, name: str) -> str:
    """The text of a name in a JSON object. Raises ValueError."""
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text")
    return value


ONBOARDING: Final = Fact.of("onboarding", registry.query(KEY), _parse)
"""The whole key, because naming the value makes the line longer by a hundred characters."""
