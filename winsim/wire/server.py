"""One process, many hosts: each host is a loopback address, all on one port.

There is a listener for each address rather than a wildcard one, so that nothing outside the machine can ever connect.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import errno
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from . import auth, faults, http, sealing, soap
from .backend import Host
from .tls import Listener
from .wsman import Service

_log = logging.getLogger(__name__)

IDLE_CONNECTION = 120.0
"""Seconds without a request after which HTTP.sys closes a connection (its default; recalled)."""
_SWEEP = 5.0
_SLACK = 8 * 1024
"""Bytes that sealing and its MIME parts may add to an envelope."""
_THREADS = 256
"""Calls into hosts at the same time; a command that runs "at once" holds a thread."""


@dataclass
class Traffic:
    """What went over the wire to and from one host, authentication included."""

    connections: int = 0
    requests: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0


@dataclass(frozen=True)
class ShellInfo:
    """An open shell."""

    id: str
    owner: str
    running: int
    """Commands that have not ended."""


class _Endpoint:
    """A host, its shells and its connections. One with a `listener` speaks HTTPS and no HTTP."""

    def __init__(self, address: str, host: Host, executor: ThreadPoolExecutor, listener: Listener | None) -> None:
        self.address = address
        self.host = host
        self.tls = listener.context(host.version) if listener else None
        self.bindings = listener.bindings() if listener else None
        self.service = Service(host, executor)
        self.traffic = Traffic()
        self.writers: set[asyncio.StreamWriter] = set()
        self.cut: tuple[int, bool] | None = None
        """Requests until the cut, and whether the last one is still carried out."""


class Server:
    """Serves `hosts` (loopback address -> host) on `port`; port 0 takes one that is free on all addresses. Those with
    one of `listeners` (by address) speak HTTPS there.

    `start` and `stop` belong to one event loop; everything else may be called from any thread.
    """

    def __init__(self, hosts: Mapping[str, Host], port: int, listeners: Mapping[str, Listener] | None = None) -> None:
        for address in hosts:
            if not ipaddress.IPv4Address(address).is_loopback:
                raise ValueError(f"{address} is no loopback address")
        self.port = port
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="winsim-host")
        self._endpoints = {
            address: _Endpoint(address, host, self._executor, (listeners or {}).get(address))
            for address, host in hosts.items()
        }
        self._listeners: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Binds every address. Raises OSError when one is taken."""
        _raise_file_limit()
        sockets = _bind(list(self._endpoints), self.port)
        if sockets:
            self.port = sockets[0].getsockname()[1]
        for endpoint, sock in zip(self._endpoints.values(), sockets, strict=True):
            self._listeners.append(await self._listen(endpoint, sock))
        self._spawn(self._sweep())

    async def stop(self) -> None:
        """Closes listeners, connections and shells."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for endpoint in self._endpoints.values():
            await endpoint.service.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def shells(self, address: str) -> list[ShellInfo]:
        """The shells that are open on a host."""
        open_shells = list(self._endpoints[address].service.shells.values())
        return [ShellInfo(shell.id, shell.owner, shell.running) for shell in open_shells]

    def traffic(self, address: str) -> Traffic:
        """The counters of a host; they go on counting."""
        return self._endpoints[address].traffic

    def cut_after(self, address: str, requests: int, *, carried_out: bool = False) -> None:
        """Closes the connections to a host, once, at the request of that number from now (1: the next), without an
        answer. With `carried_out` the host still does what that request asks. Every HTTP request counts, those of a
        handshake too."""
        if requests < 1:
            raise ValueError("requests count from 1")
        self._endpoints[address].cut = (requests, carried_out)

    async def _listen(self, endpoint: _Endpoint, sock: socket.socket) -> asyncio.Server:
        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._spawn(self._connection(endpoint, reader, writer))

        return await asyncio.start_server(connected, sock=sock, limit=http.MAX_HEAD, ssl=endpoint.tls)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            for endpoint in self._endpoints.values():
                await endpoint.service.sweep()

    async def _connection(
        self, endpoint: _Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        endpoint.traffic.connections += 1
        endpoint.writers.add(writer)
        try:
            await _Connection(endpoint, reader, writer).run()
        except (ConnectionError, TimeoutError):
            pass
        except Exception:
            _log.exception("connection to %s ended by an error of the server", endpoint.address)
        finally:
            endpoint.writers.discard(writer)
            writer.close()


class _Connection:
    """One TCP connection."""

    def __init__(self, endpoint: _Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._endpoint = endpoint
        self._host = endpoint.host
        self._reader = reader
        self._writer = writer
        self._tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        certificate = self._tls.getpeercert(binary_form=True) if self._tls else None
        self._auth = auth.Authenticator(endpoint.host, endpoint.address, endpoint.bindings, certificate)
        peer = writer.get_extra_info("peername")
        self._client = str(peer[0]) if peer else ""
        self._opening = True
        """Nothing was answered yet."""

    async def run(self) -> None:
        """Answers requests until the client leaves, or sends what is no request."""
        keep_alive = True
        while keep_alive:
            try:
                async with asyncio.timeout(IDLE_CONNECTION):
                    request = await http.read_request(self._reader, self._writer, self._max_body)
            except http.BadRequest as error:
                await self._send(http.refusal(error.status, self._host.now()))
                return
            if request is None:
                return
            self._endpoint.traffic.requests += 1
            self._endpoint.traffic.bytes_received += request.size
            await self._travel()
            if await self._cut(request):
                return
            keep_alive = await self._send(await self._answer(request)) and request.head.keep_alive

    async def _travel(self) -> None:
        """What the network would take. The handshakes of TCP and TLS cannot be delayed here and go with the first
        request; that of TLS takes one way there and back, or two before TLS 1.3."""
        handshakes = 0 if not self._opening else 1 if not self._tls else 2 if self._tls.version() == "TLSv1.3" else 3
        seconds = self._host.limits().round_trip_seconds * (1 + handshakes)
        self._opening = False
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _max_body(self) -> int:
        return self._host.limits().max_envelope_size_kb * 1024 + _SLACK

    async def _cut(self, request: http.Request) -> bool:
        if self._endpoint.cut is None:
            return False
        left, carried_out = self._endpoint.cut
        if left > 1:
            self._endpoint.cut = (left - 1, carried_out)
            return False
        self._endpoint.cut = None
        if carried_out:
            await self._answer(request)
        for writer in list(self._endpoint.writers):
            writer.transport.abort()
        return True

    async def _send(self, data: bytes | None) -> bool:
        """False for no answer, which ends the connection."""
        if data is None:
            await self._send(http.refusal(400, self._host.now()))
            return False
        self._endpoint.traffic.bytes_sent += len(data)
        self._writer.write(data)
        await self._writer.drain()
        return not data.startswith(_CLOSING)

    async def _answer(self, request: http.Request) -> bytes | None:
        """The whole HTTP response; None when the connection's state is lost."""
        now = self._host.now()
        head = request.head
        if head.target.partition("?")[0].lower() != "/wsman":
            return http.refusal(404, now)
        if head.method != "POST":
            return http.refusal(405, now)
        limits = self._host.limits()
        authorization = head.headers.get("authorization")
        if authorization is None and head.headers.get("wsmanidentify", "").lower() == "unauthenticated":
            return self._identify(request, now)
        who = self._auth.check(authorization, limits)
        if who.user is None:
            return http.response(401, now, fields=who.fields)
        if not request.body and who.handshake:
            return http.response(200, now, fields=who.fields)
        sealed = sealing.is_sealed(head.headers.get("content-type", ""))
        if not sealed and not self._tls and not limits.allow_unencrypted:
            # WinRM refuses it with an empty 500 (diyan/pywinrm#129, #208; likely; for Basic a guess).
            return http.response(500, now, fields=who.fields)
        try:
            opened = self._auth.unseal(request.body) if sealed else sealing.Sealed(request.body, "")
        except sealing.Unsealable:
            return None
        address = self._endpoint.address
        status, body = await self._endpoint.service.answer(opened.message, who.user, self._client, address)
        content_type = sealing.SOAP_TYPE
        if sealed:
            content_type, body = self._auth.seal(sealing.Sealed(body, opened.manner))
        return http.response(status, now, body, content_type, who.fields)

    def _identify(self, request: http.Request, now: dt.datetime) -> bytes:
        """Who does not say who he is learns no version (Microsoft, "Detecting whether a remote computer supports
        WS-Management": sure)."""
        try:
            identify = soap.parse(request.body).identify
        except faults.Fault:
            identify = False
        if not identify:
            return http.response(401, now, fields=[("WWW-Authenticate", "Negotiate")])
        return http.response(200, now, soap.identity("0.0.0"), sealing.SOAP_TYPE)


_CLOSING = tuple(f"HTTP/1.1 {status} ".encode() for status in (400, 404, 405, 411, 413))


def _bind(addresses: list[str], port: int) -> list[socket.socket]:
    for attempt in range(20):
        sockets: list[socket.socket] = []
        chosen = port
        try:
            for address in addresses:
                sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                sockets.append(sock)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind((address, chosen))
                chosen = sock.getsockname()[1]
                sock.listen(128)
        except OSError as error:
            for sock in sockets:
                sock.close()
            if port or error.errno != errno.EADDRINUSE or attempt == 19:
                raise OSError(error.errno, f"{address}:{chosen}: {error.strerror}") from None
        else:
            return sockets
    raise AssertionError


def _raise_file_limit() -> None:
    """Each host needs a descriptor, each connection another."""
    try:
        import resource  # noqa: PLC0415  # not on every system
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def serve_in_thread(
    hosts: Mapping[str, Host], port: int = 0, listeners: Mapping[str, Listener] | None = None
) -> Iterator[Server]:
    """Runs a server in a thread of its own and gives it, its `port` bound; stops it at the end."""
    server = Server(hosts, port, listeners)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="winsim-wire", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(server.stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
