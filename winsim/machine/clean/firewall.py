"""Firewall rules of a fresh installation, as they stand in the registry.

The shape ([MS-GPFAS] 2.2.2.19), the rule identifiers and resource numbers follow published exports of the key
`FirewallRules` (likely); no single export is reproduced, and a real host has several hundred more.
"""

from __future__ import annotations

_SVCHOST = r"App=%SystemRoot%\system32\svchost.exe"
_CORE = "EmbedCtxt=@FirewallAPI.dll,-25000|"


def _core(direction: str, protocol: str, numbers: str, program: str = "App=System") -> str:
    """A rule of the group Core Networking; `numbers` are the resources of its name and description."""
    name, description = numbers.split()
    return (
        f"v2.31|Action=Allow|Active=TRUE|Dir={direction}|{protocol}|{program}|"
        f"Name=@FirewallAPI.dll,-{name}|Desc=@FirewallAPI.dll,-{description}|{_CORE}"
    )


RULES: dict[str, str] = {
    "CoreNet-ICMP6-DU-In": _core("In", "Protocol=58|ICMP6=1:*", "25110 25112"),
    "CoreNet-ICMP6-PTB-In": _core("In", "Protocol=58|ICMP6=2:*", "25001 25007"),
    "CoreNet-ICMP6-PTB-Out": _core("Out", "Protocol=58|ICMP6=2:*", "25002 25007"),
    "CoreNet-ICMP6-TE-In": _core("In", "Protocol=58|ICMP6=3:*", "25113 25115"),
    "CoreNet-ICMP6-TE-Out": _core("Out", "Protocol=58|ICMP6=3:*", "25114 25115"),
    "CoreNet-ICMP6-NDS-In": _core("In", "Protocol=58|ICMP6=135:*", "25019 25025") + "Edge=TRUE|",
    "CoreNet-ICMP6-NDS-Out": _core("Out", "Protocol=58|ICMP6=135:*", "25020 25025"),
    "CoreNet-ICMP6-NDA-In": _core("In", "Protocol=58|ICMP6=136:*", "25026 25032") + "Edge=TRUE|",
    "CoreNet-ICMP6-NDA-Out": _core("Out", "Protocol=58|ICMP6=136:*", "25027 25032"),
    "CoreNet-ICMP6-RA-In": _core("In", "Protocol=58|ICMP6=134:*|RA6=fe80::/64", "25012 25018"),
    "CoreNet-ICMP6-RS-Out": _core(
        "Out", "Protocol=58|ICMP6=133:*|RA4=LocalSubnet|RA6=LocalSubnet|RA6=ff02::2|RA6=fe80::/64", "25008 25011"
    ),
    "CoreNet-ICMP4-DUFRAG-In": _core("In", "Protocol=1|ICMP4=3:4", "25251 25257"),
    "CoreNet-IGMP-In": _core("In", "Protocol=2", "25376 25382"),
    "CoreNet-IGMP-Out": _core("Out", "Protocol=2", "25377 25382"),
    "CoreNet-DHCP-In": _core("In", "Protocol=17|LPort=68|RPort=67", "25301 25303", f"{_SVCHOST}|Svc=dhcp"),
    "CoreNet-DHCP-Out": _core("Out", "Protocol=17|LPort=68|RPort=67", "25302 25303", f"{_SVCHOST}|Svc=dhcp"),
    "CoreNet-DHCPV6-Out": _core("Out", "Protocol=17|LPort=546|RPort=547", "25305 25306", f"{_SVCHOST}|Svc=dhcp"),
    "CoreNet-DNS-Out-UDP": _core("Out", "Protocol=17|RPort=53", "25405 25406", f"{_SVCHOST}|Svc=dnscache"),
    "CoreNet-Teredo-In": _core("In", "Protocol=17|LPort=Teredo", "25326 25332", f"{_SVCHOST}|Svc=iphlpsvc"),
    "CoreNet-Teredo-Out": _core("Out", "Protocol=17", "25327 25333", f"{_SVCHOST}|Svc=iphlpsvc"),
    "CoreNet-IPHTTPS-In": _core("In", "Protocol=6|LPort2_10=IPTLSIn|LPort2_10=IPHTTPSIn", "25426 25428"),
    "CoreNet-IPHTTPS-Out": _core(
        "Out", "Protocol=6|RPort2_10=IPTLSOut|RPort2_10=IPHTTPSOut", "25427 25429", f"{_SVCHOST}|Svc=iphlpsvc"
    ),
    "CoreNet-IPv6-In": _core("In", "Protocol=41", "25351 25357"),
    "CoreNet-IPv6-Out": _core("Out", "Protocol=41", "25352 25358"),
    "CoreNet-GP-NP-Out-TCP": _core("Out", "Protocol=6|Profile=Domain|RPort=445", "25401 25401"),
    "CoreNet-GP-Out-TCP": _core("Out", "Protocol=6|Profile=Domain", "25403 25404", f"{_SVCHOST}|Svc=gpsvc"),
    "CoreNet-GP-LSASS-Out-TCP": _core(
        "Out", "Protocol=6|Profile=Domain", "25407 25408", r"App=%SystemRoot%\system32\lsass.exe"
    ),
    "WINRM-HTTP-In-TCP": "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|LPort=5985|"
    "App=System|Name=@FirewallAPI.dll,-30253|Desc=@FirewallAPI.dll,-30256|EmbedCtxt=@FirewallAPI.dll,-30267|",
    "WINRM-HTTP-In-TCP-PUBLIC": "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Public|LPort=5985|"
    "RA4=LocalSubnet|RA6=LocalSubnet|App=System|Name=@FirewallAPI.dll,-30253|Desc=@FirewallAPI.dll,-30256|"
    "EmbedCtxt=@FirewallAPI.dll,-30267|",
    "FPS-ICMP4-ERQ-In": "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=1|Profile=Private|Profile=Public|ICMP4=8:*|"
    "RA4=LocalSubnet|App=System|Name=@FirewallAPI.dll,-28543|Desc=@FirewallAPI.dll,-28547|"
    "EmbedCtxt=@FirewallAPI.dll,-28502|",
    "FPS-ICMP4-ERQ-Out": "v2.31|Action=Allow|Active=FALSE|Dir=Out|Protocol=1|Profile=Private|Profile=Public|ICMP4=8:*|"
    "RA4=LocalSubnet|App=System|Name=@FirewallAPI.dll,-28544|Desc=@FirewallAPI.dll,-28547|"
    "EmbedCtxt=@FirewallAPI.dll,-28502|",
    "FPS-RPCSS-In-TCP-NoScope": "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|Profile=Domain|LPort=RPC-EPMap|"
    rf"{_SVCHOST}|Svc=Rpcss|Name=@FirewallAPI.dll,-28539|Desc=@FirewallAPI.dll,-28542|"
    "EmbedCtxt=@FirewallAPI.dll,-28502|",
    "RemoteDesktop-UserMode-In-TCP": "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=3389|"
    rf"{_SVCHOST}|Svc=termservice|Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|"
    "EmbedCtxt=@FirewallAPI.dll,-28752|",
    "RemoteDesktop-Shadow-In-TCP": "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|"
    r"App=%SystemRoot%\system32\RdpSa.exe|Name=@FirewallAPI.dll,-28778|Desc=@FirewallAPI.dll,-28779|"
    "EmbedCtxt=@FirewallAPI.dll,-28752|Edge=TRUE|Defer=App|",
    "MDNS-In-UDP-Domain-Active": "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|Profile=Domain|LPort=5353|"
    rf"{_SVCHOST}|Svc=dnscache|Name=@%SystemRoot%\system32\firewallapi.dll,-37303|"
    r"Desc=@%SystemRoot%\system32\firewallapi.dll,-37304|EmbedCtxt=@%SystemRoot%\system32\firewallapi.dll,-37302|",
    "MDNS-Out-UDP-Domain-Active": "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=17|Profile=Domain|RPort=5353|"
    rf"{_SVCHOST}|Svc=dnscache|Name=@%SystemRoot%\system32\firewallapi.dll,-37305|"
    r"Desc=@%SystemRoot%\system32\firewallapi.dll,-37306|EmbedCtxt=@%SystemRoot%\system32\firewallapi.dll,-37302|",
    "Microsoft-Windows-Unified-Telemetry-Client": "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|RPort=443|"
    rf"{_SVCHOST}|Svc=DiagTrack|Name=@%windir%\system32\diagtrack.dll,-3001|"
    r"Desc=@%windir%\system32\diagtrack.dll,-3003|EmbedCtxt=DiagTrack|",
    "Microsoft-Windows-DeviceManagement-OmaDmClient-TCP-Out": "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|"
    r"LPort2_10=49152-65535|App=%SystemRoot%\system32\omadmclient.exe|Name=@FirewallAPI.dll,-37503|"
    "Desc=@FirewallAPI.dll,-37504|EmbedCtxt=@FirewallAPI.dll,-37502|",
    "CDPSvc-WFD-Out-TCP": "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|Profile=Public|"
    rf"{_SVCHOST}|Svc=CDPSvc|Name=@FirewallAPI.dll,-37413|Desc=@FirewallAPI.dll,-37414|"
    "EmbedCtxt=@FirewallAPI.dll,-37402|TTK2_28=WFDCDPSvc|",
    "SSTP-IN-TCP": "v2.31|Action=Allow|Active=FALSE|Dir=In|Protocol=6|LPort=443|App=System|"
    "Name=@sstpsvc.dll,-35002|Desc=@sstpsvc.dll,-35003|EmbedCtxt=@sstpsvc.dll,-35001|",
    "{7C5A6C0B-1C7D-4F8E-9B6B-3F2B7F0B5A11}": "v2.31|Action=Allow|Active=TRUE|Dir=Out|Profile=Domain|Profile=Private|"
    "Profile=Public|Name=@{Microsoft.WindowsCalculator_11.2409.0.0_x64__8wekyb3d8bbwe?"
    "ms-resource://Microsoft.WindowsCalculator/Resources/AppStoreName}|PFN=Microsoft.WindowsCalculator_8wekyb3d8bbwe|"
    "LUOwn=S-1-5-21-1111111111-2222222222-3333333333-1000|Platform=2:6:2|Platform2=GTEQ|",
    "{D8F6B1B0-7E5B-4B1C-8D0A-9C6B2A7E4F55}": "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|"
    r"App=C:\Program Files\Contoso\Inventory\agent.exe|Name=Contoso Inventory Agent|Desc=|",
}

PROFILES: dict[str, dict[str, int]] = {
    # DefaultOutboundAction is absent on a fresh installation: absent means allow ([MS-GPFAS], sure).
    "DomainProfile": {"EnableFirewall": 1, "DisableNotifications": 0, "DefaultInboundAction": 1},
    "StandardProfile": {"EnableFirewall": 1, "DisableNotifications": 0, "DefaultInboundAction": 1},
    "PublicProfile": {"EnableFirewall": 1, "DisableNotifications": 0, "DefaultInboundAction": 1},
}
