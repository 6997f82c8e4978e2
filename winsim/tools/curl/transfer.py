"""One transfer: what it meets, and what curl makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from ... import physics, routing
from ...machine import neighbours
from ...machine.certificates import Certificate
from ...machine.model import Machine
from ...machine.network import Barrier, Path
from ...routing import Condition
from ..process import Process
from .options import Request
from .versions import Version

CURL = r"C:\Windows\System32\curl.exe"
NO_REVOCATION_CHECK, REVOCATION_OFFLINE, UNTRUSTED_ROOT, EXPIRED = 0x80092012, 0x80092013, 0x80090325, 0x80090328
_NAMES = {
    NO_REVOCATION_CHECK: "CRYPT_E_NO_REVOCATION_CHECK",
    REVOCATION_OFFLINE: "CRYPT_E_REVOCATION_OFFLINE",
    UNTRUSTED_ROOT: "SEC_E_UNTRUSTED_ROOT",
    EXPIRED: "SEC_E_CERT_EXPIRED",
}
MICROSOFT = (("C", "US"), ("O", "Microsoft Corporation"))
INTERMEDIATE = (*MICROSOFT, ("CN", "Microsoft Secure Server CA 2011"))
ROOT = (*MICROSOFT, ("CN", "Microsoft Root Certificate Authority 2011"))
INSPECTOR = (("C", "US"), ("O", "Contoso"), ("CN", "Contoso Inspection CA"))
INSPECTOR_LIST = ""
"""The revocation list that it names: as a rule none (trap 12)."""
LOOKED_UP, CONNECTED, TUNNELLED, SECURED, ANSWERED = 0.004, 0.021, 0.038, 0.073, 0.112
"""Seconds from the start at which things happen where they do (guess: a good network)."""


@dataclass
class Done:
    """What curl knows at the end; times in seconds, 0 for what was not reached (curl's manual: sure)."""

    exit_code: int = 0
    error: str = ""
    http_code: int = 0
    http_connect: int = 0
    content_type: str = ""
    remote_ip: str = ""
    time_namelookup: float = 0.0
    time_connect: float = 0.0
    time_appconnect: float = 0.0
    time_total: float = 0.0
    chain: tuple[Certificate, ...] = ()

    def fail(self, code: int, error: str, after: float) -> Done:
        self.exit_code, self.error, self.time_total = code, error, after
        return self


def transfer(process: Process, request: Request, to: routing.Target, version: Version, *, secure: bool) -> Done:
    """The transfer of a request, up to the answer's head."""
    machine = process.machine
    way = routing.Way(request.way_out, "option" if request.way_out else "none")
    stopped = routing.reach(machine, way, to, program=CURL)
    proxy = machine.network.proxies.get(way.proxy)
    path = machine.network.direct if proxy is None else proxy
    page = stopped is Condition.PERIMETER_REFUSE and path.barrier(to.host, to.port) is Barrier.PAGE
    if page:
        stopped = None
    done = Done(time_namelookup=LOOKED_UP)
    if _not_connected(done, machine, request, to, way, stopped, version):
        return done
    done.time_connect, done.remote_ip = CONNECTED, "192.0.2.53"
    if proxy is not None and stopped is not Condition.PERIMETER_CUT:
        answered = _ask_proxy(done, stopped, version, secure=secure)
        if answered is not None:
            return answered
    if stopped is Condition.PERIMETER_CUT:
        return _cut(done, version, through_proxy=proxy is not None, secure=secure)
    if secure:
        met = _handshake(process, request, to, version, path, done)
        if met is not None:
            return met
    internal = machine.network.internal_status(to.host, to.port)
    served = None if page or secure else neighbours.get(machine, to.host, urlsplit(request.url).path)
    missing = 404 if not secure and request.url in machine.network.missing_files else 200
    status = internal if internal is not None else served.status if served else missing
    done.http_code, done.time_total = status, ANSWERED
    done.content_type = "text/html" if secure or page or internal or missing >= 400 else "application/pkix-crl"
    return done


def _not_connected(
    done: Done,
    machine: Machine,
    request: Request,
    to: routing.Target,
    way: routing.Way,
    stopped: Condition | None,
    version: Version,
) -> bool:
    """Fails the transfer where no connection comes about; whether it did."""
    limit = _limit(request)
    if stopped is Condition.NAME_RESOLUTION:
        done.time_namelookup = 0.0
        done.fail(6, f"Could not resolve host: {to.host}", 0.031)
        return True
    straight = way.proxy not in machine.network.proxies
    closed = neighbours.neighbour(machine, to.host) is not None and not neighbours.listens(machine, to.host, to.port)
    # A proxy that was switched off keeps no port open; what the host's firewall drops does not even leave (guess).
    if stopped is Condition.PROXY_DEAD or (straight and stopped is Condition.PERIMETER_DROP):
        done.fail(28, f"Connection timed out after {limit * 1000:.0f} milliseconds", limit)
        return True
    if stopped is Condition.FIREWALL_BLOCK or (straight and (stopped is Condition.PERIMETER_REFUSE or closed)):
        hop, _unused, port = (way.proxy or f"{to.host}:{to.port}").rpartition(":")
        place = f"{hop}:{port}" if version.joins_port else f"{hop} port {port}"
        why = "Could not connect to server" if version.number >= (8, 0, 0) else "Connection refused"
        done.fail(7, f"Failed to connect to {place} after 2045 ms: {why}", 2.045)
        return True
    return False


def _cut(done: Done, version: Version, *, through_proxy: bool, secure: bool) -> Done:
    """The connection is cut once it stands."""
    done.http_connect = 200 if through_proxy and secure else 0
    reset = "Recv failure: Connection was reset"
    old = "schannel: failed to receive handshake, SSL/TLS connection failed"
    return done.fail(35 if secure else 56, old if secure and version.number < (8, 0, 0) else reset, TUNNELLED)


def _limit(request: Request) -> float:
    limits = [float(text) for text in (request.connect_timeout, request.max_time) if float(text)]
    return min(limits)


def _ask_proxy(done: Done, stopped: Condition | None, version: Version, *, secure: bool) -> Done | None:
    """What a proxy says that does not let the request through; None: it does."""
    status = {
        Condition.PROXY_PASSWORD: 407,
        Condition.PROXY_KNOWS_NO_NAME: 503,
        Condition.PERIMETER_REFUSE: 403,
        Condition.PERIMETER_DROP: 504,
    }
    if stopped not in status:
        done.http_connect = 200 if secure else 0
        return None
    code = status[stopped]
    if not secure:
        done.http_code, done.content_type, done.time_total = code, "text/html", TUNNELLED
        return done
    done.http_connect = code
    old = f"Received HTTP code {code} from proxy after CONNECT"
    return done.fail(56, f"CONNECT tunnel failed, response {code}" if version.number >= (8, 0, 0) else old, TUNNELLED)


def _handshake(
    process: Process, request: Request, to: routing.Target, version: Version, path: Path, done: Done
) -> Done | None:
    """What Schannel refuses; None: TLS stands, and the chain is known."""
    machine = process.machine
    fault = partial(_schannel, process, version, done)
    if path.inspects_tls:
        if not path.inspection_root_trusted:
            return fault(UNTRUSTED_ROOT, version.certificate_fault)
        if not request.ssl_no_revoke:
            return fault(NO_REVOCATION_CHECK, 35)
        chain: tuple[Certificate, ...] = (
            Certificate((("CN", to.host),), INSPECTOR, INSPECTOR_LIST),
            Certificate(INSPECTOR, INSPECTOR),
        )
    else:
        first, second = machine.network.server_lists
        names = ((*MICROSOFT, ("CN", to.host)), INTERMEDIATE, ROOT)
        chain = (Certificate(names[0], names[1], first), Certificate(names[1], names[2], second))
    if abs(machine.clock_offset) > physics.CLOCK_TOLERANCE:
        return fault(EXPIRED, 35)
    situation = physics.Situation(machine, process.token)
    if not path.inspects_tls and not situation.root_known:
        return fault(UNTRUSTED_ROOT, version.certificate_fault)
    revokable = not path.inspects_tls and not request.ssl_no_revoke
    if revokable and not (situation.crl_reachable and situation.lists_kept):
        return fault(REVOCATION_OFFLINE, 35)
    done.time_appconnect = SECURED
    # Since Windows 11 22H2 Schannel gives the chain the other way round (curl/curl#9706).
    done.chain = tuple(reversed(chain)) if machine.os.build >= 22621 else chain
    return None


def _schannel(process: Process, version: Version, done: Done, code: int, exit_code: int) -> Done:
    name = _NAMES[code] if version.names_codes or code not in (NO_REVOCATION_CHECK, REVOCATION_OFFLINE) else ""
    before = "schannel: " if exit_code == 60 else "schannel: next InitializeSecurityContext failed: "
    text = process.message(f"curl.{_NAMES[code].lower()}")
    error = f"{before}{name or 'Unknown error'} (0x{code:08x}) - {text}"
    if exit_code == 60:
        error += process.message("curl.more")
    return done.fail(exit_code, error, SECURED)
