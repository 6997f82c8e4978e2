"""A WinRS shell through pypsrp, the client library of Ansible's connection psrp: no runspace, and so no PowerShell.

pypsrp checks the settings. Where the lean transport cannot do what they ask for, pypsrp also makes the session of
requests with its TLS, certificates, proxies and logon. What is sent over the session and what is read from it is ours,
with the bounds of every other carrier: pypsrp's own way takes an answer that is not sealed for one that is, and may
send a message again.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

from . import sealing
from .bounded import BoundedAdapter, tell_proxy
from .conversation import Conversation
from .fast_transport import NOT_OFFERED, PLAIN, FastTransport, opened
from .optional_imports import InvalidCredentialsError, Request, RequestException, RequestsTimeout, WinRMTransportError
from .protocol import current_token
from .sealing import Seal
from .settings import Settings, of_pypsrp
from .wire import CancelToken, Wire

PSRP_MISSING: ImportError | None = None
"""Why pypsrp cannot be used."""
try:
    from pypsrp.exceptions import AuthenticationError
    from pypsrp.wsman import WSMan
except ImportError as error:
    PSRP_MISSING = error
    WSMan = None

    class AuthenticationError(Exception):  # type: ignore[no-redef]
        """Never raised."""


_SCHEMES = {"credssp": ("credssp",), "basic": (), "certificate": ()}
_NEGOTIATED = ("negotiate", "kerberos", "ntlm")
"""Of what a server offers, what pypsrp looks for, in its order."""


class PsrpProtocol(Conversation):
    """The conversation with one host."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """`settings` are the arguments of a WSMan as Ansible's plugin puts them together. Raises ValueError."""
        wsman, cancel = WSMan(**settings), current_token()
        lean = of_pypsrp(wsman.transport)
        if isinstance(lean, Settings):
            self.transport = FastTransport(lean, cancel)
        else:
            cancel.why_not = lean
            self.transport = PsrpTransport(wsman.transport, cancel)
        # A Receive may take the whole operation time-out, and the answer has to come before the read time-out.
        self.operation_timeout_sec = max(1, min(int(wsman.operation_timeout), int(wsman.transport.read_timeout) - 1))


class PsrpTransport:
    """In place of pypsrp's transport; for one thread."""

    def __init__(self, made: Any, cancel: CancelToken) -> None:
        """`made` is pypsrp's transport, of which the settings and the session are used."""
        self._made = made
        self._hostname = urllib.parse.urlsplit(made.endpoint).hostname or ""
        self._not_offered = NOT_OFFERED + made.auth.replace("ntlm", "NTLM")
        self._session: Any = None
        self._seal: Seal | None = None
        self.read_timeout_sec: float = made.read_timeout
        self.wire = Wire(cancel)
        self.wire.connect_timeout = made.connection_timeout

    def build_session(self) -> None:
        """Makes the session, unless there is one; the next message connects."""
        if self._session is not None:
            return
        self._session = session = self._made._build_session()
        session.trust_env = False  # .netrc is not read; proxies of the environment are in the session already
        schemes = _SCHEMES.get(self._made.auth, _NEGOTIATED)
        adapter = BoundedAdapter(self.wire, schemes, getattr(self._made, "certificate_key_password", None))
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        tell_proxy(
            self.wire.cancel, self._made.endpoint, session.proxies, "ansible_psrp_proxy" * bool(self._made.proxy)
        )

    def close_session(self) -> None:
        """Leaves the host; the next message logs on again."""
        session, self._session, self._seal = self._session, None, None
        if session is not None:
            session.close()

    def send_message(self, message: str | bytes) -> bytes:
        """The answer's envelope. Raises InvalidCredentialsError, WinRMTransportError, OSError, ValueError."""
        self.build_session()
        try:
            if self._made.wrap_required and self._seal is None:
                self._seal = self._logged_on()
            body = message.encode() if isinstance(message, str) else message
            kind, data = self._seal.wrap(body) if self._seal else (PLAIN, body)
            answer = self._post(data, kind)
            return opened(answer.status_code, answer.headers.get("content-type", ""), answer.content, self._seal)
        except WinRMTransportError:  # an answer, such as the fault that nothing is there to be received yet
            raise
        except BaseException:  # the context counts messages: after a failure the next one would not be understood
            self.close_session()
            raise

    def _logged_on(self) -> Seal:
        """The handshake with an empty body. Raises InvalidCredentialsError where none came about."""
        answer = self._post(b"", PLAIN)
        context = getattr(self._session.auth, "contexts", {}).get(self._hostname)
        # NTLM's context is complete before the host has judged the password: to go on after a 401 would be a second try
        # of it. That of requests_credssp does not say whether it is complete, but raises where it is not.
        if context is None or answer.status_code == 401 or not getattr(context, "complete", True):
            opened(answer.status_code, "", b"<a/>", None)
            raise InvalidCredentialsError(self._not_offered)
        protocol = sealing.KERBEROS if getattr(context, "response_auth_header", "") == "kerberos" else sealing.PROTOCOL
        return Seal(context, sealing.CREDSSP if self._made.auth == "credssp" else protocol)

    def _post(self, data: bytes, kind: str) -> Any:
        """One exchange, with its deadline: TCP, a proxy's tunnel, TLS, each leg of a logon."""
        session = self._session
        self.wire.begin(self.read_timeout_sec)
        request = Request("POST", self._made.endpoint, data=data, headers={"Content-Type": kind})
        try:
            return session.send(session.prepare_request(request), timeout=self.read_timeout_sec)
        except RequestException as error:
            raise self.wire.failure or (self.wire.late() if isinstance(error, RequestsTimeout) else error) from error
        except AuthenticationError as error:
            raise InvalidCredentialsError(f"{self._not_offered}: {error}") from error
        except OSError:
            raise
        except Exception as error:  # whatever a library for a logon makes of a setting, a token or a missing ticket
            raise InvalidCredentialsError(f"{type(error).__name__}: {error}") from error
