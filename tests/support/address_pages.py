"""Microsoft's lists of addresses as their pages have them, restated row by row: what the catalogue is compared with.

A line: geography, port, address as the page spells it, R (required) or O (optional), and for which systems beside
Windows the page says yes: l (Windows 7 and 8.1, servers with the Microsoft Monitoring Agent), m (macOS), x (Linux).
Rows that a page has for none of today's Windows, and those of the portal, are left out, and so are wildcards and paths
below `*.blob.core.windows.net`, which must not be allowed.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Listed(NamedTuple):
    """A row of a page. `systems` as the catalogue names them."""

    geography: str
    port: int
    address: str
    need: str
    systems: tuple[str, ...]


# standard-device-connectivity-urls-commercial, 2026-07-03
_STANDARD = """
WW 80 crl.microsoft.com R mx
WW 80 ctldl.windowsupdate.com R
WW 80 www.microsoft.com/pkiops/* R mx
WW 80 www.microsoft.com/pki/* R mx
WW 443 events.data.microsoft.com R mx
WW 443 *.wns.windows.com O
WW 443 login.microsoftonline.com O l
WW 443 login.live.com O
WW 443 settings-win.data.microsoft.com O
WW 443 login.windows.net O l
WW 443 *.security.microsoft.com O l
WW 443 reflector.defender.microsoft.com O lmx
WW 443 enterpriseregistration.windows.net O
WW 443 *.dm.microsoft.com O
US 443 us.vortex-win.data.microsoft.com O
US 443 us-v20.events.data.microsoft.com R mx
US 443 winatp-gw-cus.microsoft.com R lmx
US 443 winatp-gw-eus.microsoft.com R lmx
US 443 winatp-gw-cus3.microsoft.com R lmx
US 443 winatp-gw-eus3.microsoft.com R lmx
AEC 443 winatp-gw-aec0a.microsoft.com R lmx
AEN 443 winatp-gw-aen0a.microsoft.com R lmx
US 443 automatedirstrprdcus.blob.core.windows.net R mx
US 443 automatedirstrprdeus.blob.core.windows.net R mx
US 443 automatedirstrprdcus3.blob.core.windows.net R mx
US 443 automatedirstrprdeus3.blob.core.windows.net R mx
AU 443 automatedirstrprdaen0a.blob.core.windows.net R mx
AU 443 automatedirstrprdaec0a.blob.core.windows.net R mx
US 443 ussus1eastprod.blob.core.windows.net R mx
US 443 ussus2eastprod.blob.core.windows.net R mx
US 443 ussus3eastprod.blob.core.windows.net R mx
US 443 ussus4eastprod.blob.core.windows.net R mx
US 443 wsus1eastprod.blob.core.windows.net R
US 443 wsus2eastprod.blob.core.windows.net R
US 443 ussus1westprod.blob.core.windows.net R mx
US 443 ussus2westprod.blob.core.windows.net R mx
US 443 ussus3westprod.blob.core.windows.net R mx
US 443 ussus4westprod.blob.core.windows.net R mx
US 443 wsus1westprod.blob.core.windows.net R
US 443 wsus2westprod.blob.core.windows.net R
EU 443 eu.vortex-win.data.microsoft.com O
EU 443 eu-v20.events.data.microsoft.com R mx
EU 443 winatp-gw-neu.microsoft.com R lmx
EU 443 winatp-gw-weu.microsoft.com R lmx
EU 443 winatp-gw-neu3.microsoft.com R lmx
EU 443 winatp-gw-weu3.microsoft.com R lmx
EU 443 automatedirstrprdneu.blob.core.windows.net R mx
EU 443 automatedirstrprdweu.blob.core.windows.net R mx
EU 443 automatedirstrprdneu3.blob.core.windows.net R mx
EU 443 automatedirstrprdweu3.blob.core.windows.net R mx
EU 443 usseu1northprod.blob.core.windows.net R mx
EU 443 wseu1northprod.blob.core.windows.net R
EU 443 usseu1westprod.blob.core.windows.net R mx
EU 443 wseu1westprod.blob.core.windows.net R
UK 443 uk.vortex-win.data.microsoft.com O
UK 443 uk-v20.events.data.microsoft.com R mx
UK 443 winatp-gw-uks.microsoft.com R lmx
UK 443 winatp-gw-ukw.microsoft.com R lmx
UK 443 automatedirstrprduks.blob.core.windows.net R mx
UK 443 automatedirstrprdukw.blob.core.windows.net R mx
UK 443 ussuk1southprod.blob.core.windows.net R mx
UK 443 wsuk1southprod.blob.core.windows.net R
UK 443 ussuk1westprod.blob.core.windows.net R mx
UK 443 wsuk1westprod.blob.core.windows.net R
AU 443 au.vortex-win.data.microsoft.com O
AU 443 au-v20.events.data.microsoft.com R mx
AU 443 winatp-gw-aue.microsoft.com R lmx
AU 443 winatp-gw-aus.microsoft.com R lmx
AU 443 automatedirstrprdaue.blob.core.windows.net R mx
AU 443 automatedirstrprdaus.blob.core.windows.net R mx
AU 443 ussau1southeastprod.blob.core.windows.net R
AU 443 ussau1eastprod.blob.core.windows.net R
WW 443 vortex-win.data.microsoft.com O
WW 443 *.update.microsoft.com O l
WW 443 *.delivery.mp.microsoft.com O l
WW 443 *.windowsupdate.com O l
WW 443 go.microsoft.com R lmx
WW 443 definitionupdates.microsoft.com R lmx
WW 443 https://www.microsoft.com/security/encyclopedia/adlpackages.aspx R lmx
WW 443 *.download.windowsupdate.com O l
WW 443 *.download.microsoft.com O l
WW 443 fe3cr.delivery.mp.microsoft.com/ClientWebService/client.asmx O l
WW 443 *.wdcp.microsoft.com R lmx
WW 443 *.wd.microsoft.com R lmx
WW 443 *.events.data.microsoft.com R l
WW 443 *ecs.office.com/config/v1/MicrosoftWindowsDefenderClient R l
WW 443 *.smartscreen-prod.microsoft.com R mx
WW 443 *.smartscreen.microsoft.com R mx
WW 443 *.checkappexec.microsoft.com O
WW 443 *.urs.microsoft.com O
WW 443 *.endpoint.security.microsoft.com R lmx
"""

# streamlined-device-connectivity-urls-commercial, 2026-09-03; its OS column says All or Windows
_STREAMLINED = """
WW 443 *.endpoint.security.microsoft.com R mx
WW 443 *.smartscreen-prod.microsoft.com R mx
WW 443 *.smartscreen.microsoft.com R mx
WW 443 *.checkappexec.microsoft.com O
WW 443 *.urs.microsoft.com O
WW 443 reflector.defender.microsoft.com O mx
WW 443 go.microsoft.com R mx
WW 443 definitionupdates.microsoft.com R mx
WW 443 https://www.microsoft.com/security/encyclopedia/adlpackages.aspx R mx
WW 443 *.update.microsoft.com R
WW 443 *.delivery.mp.microsoft.com R
WW 443 *.windowsupdate.com R
WW 443 *.download.windowsupdate.com R
WW 443 *.download.microsoft.com R
WW 80 www.microsoft.com/pkiops/* R
WW 80 www.microsoft.com/pki/* R
WW 80 ctldl.windowsupdate.com R
WW 80 crl.microsoft.com R
WW 443 login.microsoftonline.com O
WW 443 *.wns.windows.com O
WW 443 login.live.com O
WW 443 *.security.microsoft.com O
WW 443 login.windows.net O
"""

# standard-device-connectivity-urls-gov, 2026-07-03. Its row of *.endpoint.security.microsoft.com, a name of the
# commercial cloud, contradicts configure-environment of 2026-09-21 and the list below, and is left out.
_STANDARD_GOV = """
USGov 80 crl.microsoft.com/pki/crl/* R mx
USGov 80 ctldl.windowsupdate.com R
USGov 80 www.microsoft.com/pkiops/* R mx
USGov 80 http://www.microsoft.com/pki/certs R mx
USGov 443 events.data.microsoft.com R mx
USGov 443 *.wns.windows.com R
USGov 443 login.microsoftonline.com R
USGov 443 login.live.com R
USGov 443 settings-win.data.microsoft.com O
GCC 443 unitedstates4.x.cp.wd.microsoft.us R mx
GCC 443 us4-v20.events.data.microsoft.com R mx
GCC 443 winatp-gw-usmt.microsoft.com R lmx
GCC 443 winatp-gw-usmv.microsoft.com R lmx
GCC 443 automatedirstrfmusmt.blob.core.usgovcloudapi.net R mx
GCC 443 automatedirstrfmusmv.blob.core.usgovcloudapi.net R mx
GCC 443 ussusg1virginiaff4.blob.core.usgovcloudapi.net R mx
GCC 443 ussusg2virginiaff4.blob.core.usgovcloudapi.net R mx
GCC 443 wsusg1virginiaff4.blob.core.usgovcloudapi.net R
GCC 443 ussusg1texasff4.blob.core.usgovcloudapi.net R mx
GCC 443 ussusg2texasff4.blob.core.usgovcloudapi.net R mx
GCC 443 wsusg1texasff4.blob.core.usgovcloudapi.net R
GCCHigh 443 unitedstates1.x.cp.wd.microsoft.us R mx
GCCHigh 443 us4-v20.events.data.microsoft.com R mx
GCCHigh 443 winatp-gw-usgt.microsoft.com R lmx
GCCHigh 443 automatedirstrffusgv.blob.core.usgovcloudapi.net R l
GCCHigh 443 ussusg1virginiaff0.blob.core.usgovcloudapi.net R mx
GCCHigh 443 ussusg2virginiaff0.blob.core.usgovcloudapi.net R mx
GCCHigh 443 wsusg1virginiaff0.blob.core.usgovcloudapi.net R
GCCHigh 443 ussusg1texasff0.blob.core.usgovcloudapi.net R mx
GCCHigh 443 ussusg2texasff0.blob.core.usgovcloudapi.net R mx
GCCHigh 443 wsusg1texasff0.blob.core.usgovcloudapi.net R
DoD 443 unitedstates2.x.cp.wd.microsoft.us R mx
DoD 443 us4-v20.events.data.microsoft.com R mx
DoD 443 winatp-gw-usgt.microsoft.com R lmx
DoD 443 winatp-gw-usgv.microsoft.com R lmx
DoD 443 automatedirstrffusgt.blob.core.usgovcloudapi.net R mx
DoD 443 automatedirstrffusgv.blob.core.usgovcloudapi.net R mx
DoD 443 ussusd1centralff5.blob.core.usgovcloudapi.net R mx
DoD 443 ussusd2centralff5.blob.core.usgovcloudapi.net R
DoD 443 wsusd1centralff5.blob.core.usgovcloudapi.net R mx
DoD 443 ussusd1eastff5.blob.core.usgovcloudapi.net R mx
DoD 443 ussusd2eastff5.blob.core.usgovcloudapi.net R mx
DoD 443 wsusd1eastff5.blob.core.usgovcloudapi.net R
USGov 443 *.update.microsoft.com O l
USGov 443 *.delivery.mp.microsoft.com O l
USGov 443 *.windowsupdate.com O l
USGov 443 *.download.windowsupdate.com O l
USGov 443 *.download.microsoft.com O l
USGov 443 *.definitionupdates.microsoft.com O l
USGov 443 fe3cr.delivery.mp.microsoft.com/ClientWebService/client.asmx O l
GCC 443 unitedstates4.cp.wd.microsoft.us R
GCCHigh 443 unitedstates1.cp.wd.microsoft.us R
DoD 443 unitedstates2.cp.wd.microsoft.us R
GCC 443 unitedstates4.ss.wd.microsoft.us R mx
GCCHigh 443 unitedstates1.ss.wd.microsoft.us R mx
DoD 443 unitedstates2.ss.wd.microsoft.us R mx
"""

# streamlined-device-connectivity-urls-gov, 2026-07-03 (preview)
_STREAMLINED_GOV = """
USGov 443 *.endpoint.security.microsoft.us R lmx
GCC 443 unitedstates4.ss.wd.microsoft.us R mx
GCCHigh 443 unitedstates1.ss.wd.microsoft.us R mx
DoD 443 unitedstates2.ss.wd.microsoft.us R mx
USGov 443 *.update.microsoft.com O l
USGov 443 *.delivery.mp.microsoft.com O l
USGov 443 *.windowsupdate.com O l
USGov 443 *.download.windowsupdate.com O l
USGov 443 *.download.microsoft.com O l
USGov 443 fe3cr.delivery.mp.microsoft.com/ClientWebService/client.asmx O l
USGov 80 crl.microsoft.com/pki/crl/* R mx
USGov 80 ctldl.windowsupdate.com R
USGov 80 www.microsoft.com/pkiops/* R mx
USGov 80 http://www.microsoft.com/pki/certs R mx
USGov 443 *.wns.windows.com R
USGov 443 login.microsoftonline.us R
USGov 443 login.live.com R
"""

# microsoft-defender-core-service-overview, 2026-01-08: what hosts on standard connectivity should be allowed
_CORE = """
WW 443 *.endpoint.security.microsoft.com R
WW 443 ecs.office.com/config/v1/MicrosoftWindowsDefenderClient R
WW 443 *.events.data.microsoft.com R
"""
_CORE_GOV = """
USGov 443 *.events.data.microsoft.com R
GCC 443 *.gccmod.ecs.office.com R
GCCHigh 443 *.config.ecs.gov.teams.microsoft.us R
DoD 443 *.config.ecs.dod.teams.microsoft.us R
"""

_SYSTEMS: Final = {"l": "windows-legacy", "m": "macos", "x": "linux"}


def _listed(text: str) -> tuple[Listed, ...]:
    found = []
    for line in text.split("\n"):
        if line:
            geography, port, address, need, *systems = line.split()
            others = tuple(_SYSTEMS[letter] for letter in "".join(systems))
            found.append(Listed(geography, int(port), address, need, ("windows", *others)))
    return tuple(found)


STANDARD: Final = _listed(_STANDARD)
STREAMLINED: Final = _listed(_STREAMLINED)
STANDARD_GOV: Final = _listed(_STANDARD_GOV)
STREAMLINED_GOV: Final = _listed(_STREAMLINED_GOV)
CORE: Final = _listed(_CORE)
CORE_GOV: Final = _listed(_CORE_GOV)
