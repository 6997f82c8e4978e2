"""What comes with pywinrm, and whether it is there.

ansible-test imports every plugin without it, and so does Ansible where it is missing: the action then says what to
install.
"""

from __future__ import annotations

from typing import Any

MISSING: ImportError | None = None
"""Why nothing here can be used."""

try:
    import spnego
    import xmltodict
    from requests.adapters import HTTPAdapter
    from requests.exceptions import RequestException, Timeout as RequestsTimeout
    from requests.utils import select_proxy
    from urllib3.exceptions import NewConnectionError
    from winrm.exceptions import (
        InvalidCredentialsError,
        WinRMError,
        WinRMOperationTimeoutError,
        WinRMTransportError,
        WSManFaultError,
    )
    from winrm.protocol import Protocol
    from winrm.transport import Transport
except ImportError as error:
    MISSING = error
    absent: Any = None
    spnego = xmltodict = select_proxy = absent
    HTTPAdapter = Protocol = Transport = object  # type: ignore[misc, assignment]

    class RequestException(OSError):  # type: ignore[no-redef]
        """Never raised."""

    NewConnectionError = RequestsTimeout = RequestException  # type: ignore[misc, assignment]

    class InvalidCredentialsError(Exception):  # type: ignore[no-redef]
        """Raised by nobody."""

    class WinRMError(Exception):  # type: ignore[no-redef]
        """Raised by nobody."""

    class WinRMOperationTimeoutError(Exception):  # type: ignore[no-redef]
        """Raised by nobody."""

    class WinRMTransportError(Exception):  # type: ignore[no-redef]
        """Raised by nobody."""

    class WSManFaultError(WinRMError):  # type: ignore[no-redef, misc]
        """Raised by nobody."""


__all__ = [
    "MISSING",
    "HTTPAdapter",
    "InvalidCredentialsError",
    "NewConnectionError",
    "Protocol",
    "RequestException",
    "RequestsTimeout",
    "Transport",
    "WSManFaultError",
    "WinRMError",
    "WinRMOperationTimeoutError",
    "WinRMTransportError",
    "select_proxy",
    "spnego",
    "xmltodict",
]
