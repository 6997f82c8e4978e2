"""What a connection costs, measured where it is exact.

Requests are counted by urllib3's pool. Bytes are what the kernel counted on the TCP connection (`TCP_INFO`,
linux/tcp.h: tcpi_bytes_acked and tcpi_bytes_received), so authentication, HTTP heads and sealing are in it; on a
controller that is not Linux they stay unknown.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from .host import Traffic

_BYTES_ACKED_OFFSET = 120
"""linux/tcp.h, struct tcp_info: tcpi_bytes_acked (u64), directly followed by tcpi_bytes_received (u64)."""


def measure(session: Any) -> Traffic:
    """What a requests session has cost on the connections that it still holds."""
    traffic = Traffic()
    sent = received = 0
    known = False
    for adapter in session.adapters.values():
        pools = adapter.poolmanager.pools
        for key in list(pools.keys()):
            pool = pools.get(key)
            if pool is None:
                continue
            traffic.requests += pool.num_requests
            for connection in list(getattr(pool.pool, "queue", ())):
                counted = bytes_of(getattr(connection, "sock", None))
                if counted:
                    known = True
                    sent += counted[0]
                    received += counted[1]
    if known:
        traffic.bytes_sent, traffic.bytes_received = sent, received
    return traffic


def bytes_of(sock: socket.socket | None) -> tuple[int, int] | None:
    if sock is None or not hasattr(socket, "TCP_INFO"):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED_OFFSET + 16)
    except OSError:
        return None
    if len(info) < _BYTES_ACKED_OFFSET + 16:
        return None
    acked, received = struct.unpack_from("<QQ", info, _BYTES_ACKED_OFFSET)
    return acked, received
