"""What a connection has carried, measured where it is exact.

Bytes are what the kernel counted on the TCP connection (`TCP_INFO`, linux/tcp.h: tcpi_bytes_acked and
tcpi_bytes_received), so authentication, HTTP heads and sealing are in it; on a controller that is not Linux they stay
unknown.
"""

from __future__ import annotations

import socket
import struct

_BYTES_ACKED_OFFSET = 120
"""linux/tcp.h, struct tcp_info: tcpi_bytes_acked (u64), directly followed by tcpi_bytes_received (u64)."""


def bytes_of(sock: socket.socket | None) -> tuple[int, int] | None:
    """Bytes sent and received on a connection that is open; None where the kernel does not count them."""
    if sock is None or not hasattr(socket, "TCP_INFO"):
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES_ACKED_OFFSET + 16)
    except (OSError, AttributeError):  # closed; or TLS within a proxy's TLS, which has no such options
        return None
    if len(info) < _BYTES_ACKED_OFFSET + 16:
        return None
    acked, received = struct.unpack_from("<QQ", info, _BYTES_ACKED_OFFSET)
    return acked, received
