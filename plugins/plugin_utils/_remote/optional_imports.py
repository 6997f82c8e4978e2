"""What comes with the client libraries, and whether it is there: pywinrm's own, and what pypsrp brings as well.

ansible-test imports every plugin without them, and so does Ansible where they are missing: the action then says what to
install. A host of the connection psrp needs no pywinrm, so without it its errors have classes of ours.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

MISSING: ImportError | None = None
"""Why pywinrm cannot be used."""
absent: Any = None

try:
    import spnego
    from requests import Request
    from requests.adapters import HTTPAdapter
    from requests.exceptions import RequestException, Timeout as RequestsTimeout
    from requests.utils import select_proxy
    from urllib3.exceptions import NewConnectionError
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError as error:
    MISSING = error
    spnego = select_proxy = create_urllib3_context = absent
    HTTPAdapter = Request = object  # type: ignore[misc, assignment]

    class RequestException(OSError):  # type: ignore[no-redef]
        """Never raised."""

    NewConnectionError = RequestsTimeout = RequestException  # type: ignore[misc, assignment]

try:  # pyspnego loads them too, where they are
    import krb5

    import_module("gssapi")
except ImportError:
    krb5 = absent

try:
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
    MISSING = MISSING or error

    class Protocol:  # type: ignore[no-redef]
        """Made by nobody."""

    class Transport:  # type: ignore[no-redef]
        """Made by nobody."""

    class WinRMError(Exception):  # type: ignore[no-redef]
        """See winrm.exceptions."""

    class InvalidCredentialsError(WinRMError):  # type: ignore[no-redef, misc]
        """See winrm.exceptions."""

    class WinRMOperationTimeoutError(Exception):  # type: ignore[no-redef]
        """See winrm.exceptions."""

    class WinRMTransportError(Exception):  # type: ignore[no-redef]
        """See winrm.exceptions: the protocol, the status and the body of an answer that reports an error."""

        def __init__(self, protocol: str, code: int, response_text: str) -> None:
            super().__init__(protocol, code, response_text)
            self.protocol, self.code, self.response_text = protocol, code, response_text
            self.message = f"Bad HTTP response returned from server. Code {code}"

        def __str__(self) -> str:
            return self.message

    class WSManFaultError(WinRMError):  # type: ignore[no-redef, misc]
        """See winrm.exceptions: a fault, all of which is in its text."""

        def __init__(self, code: int, message: str, reason: str, wsman_fault_code: int | None, **more: Any) -> None:
            known = {"wsmanfault_code": wsman_fault_code}
            known |= {name: more.get(name) for name in ("fault_code", "fault_subcode")}
            told = {"transport_message": message, "http_status_code": code}
            told |= {name: value for name, value in known.items() if value is not None}
            super().__init__(f"{reason} (extended fault data: {told})")
            self.wsman_fault_code = wsman_fault_code


__all__ = [
    "MISSING",
    "HTTPAdapter",
    "InvalidCredentialsError",
    "NewConnectionError",
    "Protocol",
    "Request",
    "RequestException",
    "RequestsTimeout",
    "Transport",
    "WSManFaultError",
    "WinRMError",
    "WinRMOperationTimeoutError",
    "WinRMTransportError",
    "create_urllib3_context",
    "krb5",
    "select_proxy",
    "spnego",
]
