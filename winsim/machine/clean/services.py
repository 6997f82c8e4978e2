"""Services of a fresh installation that concern Defender, its connections, or whoever asks about them.

Image paths, accounts and start types as `sc qc` shows them in published captures where there are any (wuauserv,
bits, Spooler: likely), else recalled.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..services import Start, State

_NETSVCS = r"%SystemRoot%\system32\svchost.exe -k netsvcs -p"
_NETWORK = r"%SystemRoot%\system32\svchost.exe -k NetworkService -p"
_NO_NETWORK = r"%SystemRoot%\system32\svchost.exe -k LocalServiceNoNetworkFirewall -p"


@dataclass(frozen=True)
class ServiceRow:
    """One service: how it is configured and whether it runs."""

    name: str
    display_name: str
    image_path: str
    account: str = "LocalSystem"
    start: Start = Start.AUTO
    state: State = State.RUNNING
    type: int = 0x20
    depends: tuple[str, ...] = ("RpcSs",)
    stoppable: bool = True


SERVICES = (
    ServiceRow("BFE", "Base Filtering Engine", _NO_NETWORK, r"NT AUTHORITY\LocalService"),
    ServiceRow("BITS", "Background Intelligent Transfer Service", _NETSVCS, start=Start.DEMAND, state=State.STOPPED),
    ServiceRow("CryptSvc", "Cryptographic Services", _NETWORK, r"NT Authority\NetworkService"),
    ServiceRow("DiagTrack", "Connected User Experiences and Telemetry",
               r"%SystemRoot%\System32\svchost.exe -k utcsvc -p"),
    ServiceRow("Dnscache", "DNS Client", _NETWORK, r"NT AUTHORITY\NetworkService", depends=("nsi",), stoppable=False),
    ServiceRow("DoSvc", "Delivery Optimization", _NETWORK, r"NT Authority\NetworkService", start=Start.AUTO),
    ServiceRow("EventLog", "Windows Event Log",
               r"%SystemRoot%\System32\svchost.exe -k LocalServiceNetworkRestricted -p",
               r"NT AUTHORITY\LocalService", depends=()),
    ServiceRow("gpsvc", "Group Policy Client", _NETSVCS, depends=("RPCSS", "Mup"), stoppable=False),
    ServiceRow("iphlpsvc", "IP Helper", r"%SystemRoot%\System32\svchost.exe -k NetSvcs -p"),
    ServiceRow("LanmanServer", "Server", r"%SystemRoot%\system32\svchost.exe -k smbsvcs", depends=("SamSS", "Srv2")),
    ServiceRow("LanmanWorkstation", "Workstation", r"%SystemRoot%\System32\svchost.exe -k NetworkService -p",
               r"NT AUTHORITY\NetworkService", depends=("Bowser", "MRxSmb20", "NSI")),
    ServiceRow("mpssvc", "Windows Defender Firewall", _NO_NETWORK, r"NT Authority\LocalService",
               depends=("mpsdrv", "bfe"), stoppable=False),
    ServiceRow("RpcSs", "Remote Procedure Call (RPC)", r"%SystemRoot%\system32\svchost.exe -k rpcss -p",
               r"NT AUTHORITY\NetworkService", depends=("RpcEptMapper", "DcomLaunch"), stoppable=False),
    ServiceRow("Schedule", "Task Scheduler", _NETSVCS, depends=("RPCSS", "SystemEventsBroker"), stoppable=False),
    ServiceRow("Spooler", "Print Spooler", r"%SystemRoot%\System32\spoolsv.exe", type=0x110, depends=("RPCSS", "http")),
    ServiceRow("TermService", "Remote Desktop Services", r"%SystemRoot%\System32\svchost.exe -k NetworkService",
               r"NT Authority\NetworkService", start=Start.DEMAND, state=State.STOPPED),
    ServiceRow("W32Time", "Windows Time", r"%SystemRoot%\system32\svchost.exe -k LocalService",
               r"NT AUTHORITY\LocalService", start=Start.DEMAND, depends=()),
    ServiceRow("WinHttpAutoProxySvc", "WinHTTP Web Proxy Auto-Discovery Service",
               r"%SystemRoot%\system32\svchost.exe -k LocalServiceNetworkRestricted -p", r"NT AUTHORITY\LocalService",
               start=Start.DEMAND, depends=("Dhcp",), stoppable=False),
    ServiceRow("Winmgmt", "Windows Management Instrumentation", _NETSVCS, r"localSystem"),
    ServiceRow("WinRM", "Windows Remote Management (WS-Management)", _NETWORK, r"NT AUTHORITY\NetworkService",
               depends=("RPCSS", "HTTP")),
    ServiceRow("wuauserv", "Windows Update", _NETSVCS, start=Start.DEMAND, state=State.STOPPED, depends=("rpcss",)),
)  # fmt: skip
