"""The network around a machine: what its packets meet, by rule and not by scenario.

Nothing here is a real network; `physics` reads it. Patterns are host names with `*` as in the article's table.
"""

from __future__ import annotations

import enum
import fnmatch
from dataclasses import dataclass, field

from ..shared import SharedDict


class Barrier(enum.StrEnum):
    """What a perimeter does to a connection that it does not let through."""

    DROP = "drop"
    REFUSE = "refuse"
    CUT = "cut"
    """Lets TCP through and cuts the connection in the TLS handshake."""
    PAGE = "page"
    """Answers in the place of the target, with a page of its own and status 200, as filters do."""


@dataclass
class Path:
    """A way out: what lies behind the host's own address, or behind one proxy."""

    blocked: dict[str, Barrier] = field(default_factory=dict)
    """`pattern:port` (either may be `*`) -> what happens; the first match counts; what matches none passes."""
    inspects_tls: bool = False
    """Presents certificates of its own authority, which name no CRL (trap 12)."""
    inspection_root_trusted: bool = True
    """Whether this machine trusts that authority, as managed ones do; where not, Schannel says so first."""

    def barrier(self, host: str, port: int) -> Barrier | None:
        """What a connection to `host:port` meets on this path; None: it passes."""
        for rule, barrier in self.blocked.items():
            pattern, _unused, ports = rule.rpartition(":")
            if fnmatch.fnmatch(host.lower(), pattern.lower()) and ports in ("*", str(port)):
                return barrier
        return None


@dataclass
class Proxy(Path):
    """An HTTP proxy, known by `host:port`."""

    reachable: bool = True
    requires_password: bool = False
    """Answers 407 to whoever brings no credentials; the computer's services bring none (trap 37)."""
    reaches_internal_servers: bool = False
    """Whether it knows the names of the company's own servers. A proxy for the Internet need not: it answers 503 for
    them, as squid does for a name that it cannot resolve (recalled)."""


SERVER_LISTS = (
    "http://www.microsoft.com/pkiops/crl/MicSecSerCA2011_2011-10-18.crl",
    "http://crl.microsoft.com/pki/crl/products/MicRooCerAut2011_2011_03_22.crl",
)


@dataclass
class Network:
    """What one machine sees."""

    direct: Path = field(default_factory=Path)
    proxies: SharedDict[str, Proxy] = field(default_factory=SharedDict)
    """`host:port` in lower case -> proxy. A proxy that is not listed does not answer."""
    resolves_external_names: bool = True
    """False: only a proxy can resolve Internet names, as on many company networks."""
    wpad: str = ""
    """`host:port` that auto-detection (WPAD) yields; empty: none."""
    pac_files: dict[str, str] = field(default_factory=dict)
    """URL of a PAC file -> the `host:port` that it yields for every URL, empty for DIRECT."""
    trust_list_shares: list[str] = field(default_factory=list)
    """Shares (`\\\\server\\share`) that hold the lists of root certificates and let the computer read them."""
    trust_list_edition: int = 1
    """Which lists of root certificates Microsoft publishes: each edition drops one root and brings another."""
    virtual_directories: dict[str, str] = field(default_factory=dict)
    """Of this machine's own web server: path -> folder. Empty: nothing listens on port 80."""
    internal_servers: dict[str, int] = field(default_factory=dict)
    """The company's own web servers, such as WSUS: `host:port` in lower case -> the status that they answer with. They
    are inside, so no perimeter lies before them."""
    round_trip_seconds: float = 0.0
    """How far away the machine is: what each request waits, and once more for the connection itself."""
    profile: str = "domain"
    """Active firewall profile: domain, private or public."""
    server_lists: list[str] = field(default_factory=lambda: [*SERVER_LISTS])
    """Revocation lists that the certificate of a server of Microsoft's names, and that of its issuer. Which ones MAPS
    has in 2026, no source says."""
    missing_files: list[str] = field(default_factory=list)
    """URLs without TLS whose own server answers 404."""
    filtered_programs: list[str] = field(default_factory=list)
    """File names of programs that a filter of another program lets not out (Windows Filtering Platform, as
    netero1010/EDRSilencer does with MsMpEng.exe): no store of Windows Firewall shows it."""
    svchost_service_rules_match: bool = True
    """False: a firewall rule for svchost.exe with a service does not match that service's traffic, as some hosts were
    reported to behave (wokhan/WFN#41)."""

    def is_internal(self, host: str) -> bool:
        """Whether a name is that of one of the company's own web servers."""
        return any(address.rpartition(":")[0] == host.lower() for address in self.internal_servers)

    def internal_status(self, host: str, port: int) -> int | None:
        """The status that one of the company's own web servers answers with; None: nothing listens there."""
        return self.internal_servers.get(f"{host.lower()}:{port}")
