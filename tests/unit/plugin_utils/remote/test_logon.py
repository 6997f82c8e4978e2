"""Settings of both libraries, and logons that a service wants in another way than usual."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import settings
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.fast_transport import MUTUAL, FastTransport
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.logon import Logon
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.sealing import KERBEROS, PROTOCOL, Seal
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.settings import Settings, of_pypsrp, of_pywinrm
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.wire import CancelToken
from ansible_collections.windefend.maps.tests.support.hostile_server import HOST, Server, hostile, whole
from pypsrp.wsman import WSMan
from winrm.exceptions import InvalidCredentialsError
from winrm.transport import Transport


@pytest.fixture(autouse=True)
def nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def of_wsman(**changed: Any) -> Settings | str:
    given = {"username": "a", "password": "b", "ssl": False, "auth": "ntlm", **changed}
    return of_pypsrp(WSMan("pc", **given).transport)


def lean(made: Settings | str) -> Settings:
    assert isinstance(made, Settings), made
    return made


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"auth": "credssp"}, "credssp authentication"),
        ({"proxy": "http://proxy.corp.example:3128"}, "a proxy"),
        ({"password": None}, "credentials from a cache"),
        ({"password": None, "auth": "basic", "encryption": "never"}, "no user or no password"),
        ({"auth": "certificate", "ssl": True, "certificate_pem": "a"}, "a certificate that is not named"),
        ({"auth": "kerberos"}, "kerberos authentication without the Python packages gssapi and krb5"),
    ],
)
def test_what_it_leaves_to_pypsrp(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], reason: str) -> None:
    monkeypatch.setattr(settings, "krb5", None)
    assert of_wsman(**changed) == reason


def test_a_proxy_of_the_environment_is_pypsrps_unless_it_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.corp.example:3128")
    assert of_wsman(ssl=True) == "a proxy"
    assert lean(of_wsman(ssl=True, no_proxy=True))
    assert lean(of_wsman(ssl=False))


def test_what_pypsrp_makes_of_its_options() -> None:
    usual = lean(of_wsman())
    assert (usual.service, usual.binds_channel, usual.delegates, usual.seals) == ("host", True, False, True)
    changed = {
        "negotiate_service": "WSMAN",
        "negotiate_send_cbt": False,
        "negotiate_delegate": True,
        "negotiate_hostname_override": "pc.corp.example",
        "connection_timeout": 7,
        "read_timeout": 8,
        "cert_validation": False,
        "ssl": True,
    }
    made = lean(of_wsman(**changed))
    assert (made.service, made.binds_channel, made.delegates, made.named) == ("WSMAN", False, True, "pc.corp.example")
    assert (made.connect_timeout, made.read_timeout, made.verify, made.seals) == (7, 8, False, False)
    assert lean(of_wsman(ssl=True, encryption="always")).seals


def test_what_pywinrm_makes_of_its_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "krb5", SimpleNamespace())

    def of(**changed: Any) -> Settings | str:
        given = {"auth_method": "kerberos", "username": "a@B", "password": "c", "service": "HTTP", "proxy": None}
        return of_pywinrm(Transport("http://pc:5985/wsman", **{**given, **changed}), acquires=True)

    assert of_pywinrm(Transport("http://pc/wsman", auth_method="kerberos", username="a")) == (
        "kerberos authentication with a ticket from a cache"
    )
    made = lean(of(kerberos_hostname_override="pc.corp.example", kerberos_delegation="yes", send_cbt=False))
    assert (made.service, made.named, made.delegates, made.binds_channel) == ("HTTP", "pc.corp.example", True, False)
    assert made.seals
    assert not lean(of(message_encryption="never")).seals
    ntlm = lean(of(auth_method="ntlm", kerberos_hostname_override="pc.corp.example"))
    assert (ntlm.named, ntlm.service, ntlm.schemes) == ("", "http", ("Negotiate", "NTLM"))
    monkeypatch.setattr(settings, "krb5", None)
    assert of() == "kerberos authentication without the Python packages gssapi and krb5"


class Played:
    """A context that is complete once the service has sent a token."""

    complete = False

    def step(self, token: bytes | None = None) -> bytes | None:
        self.complete = token is not None
        return None if token else b"ours"

    def wrap_winrm(self, message: bytes) -> tuple[bytes, bytes, int]:
        return b"s", message, 0

    def unwrap_winrm(self, signature: bytes, data: bytes) -> bytes:
        return data


class Service:
    """Wants a logon under one scheme: once for a connection, or for each message."""

    def __init__(self, scheme: str, each: bool = False) -> None:
        self._scheme, self._each = scheme, each
        self.bodies: list[bytes] = []
        self.authorizations: list[bytes] = []

    def __call__(self, server: Server, sock: Any) -> None:
        head, _blank, body = server.last.partition(b"\r\n\r\n")
        found = [line[15:] for line in head.split(b"\r\n") if line.startswith(b"Authorization: ")]
        self.bodies.append(body)
        self.authorizations += found
        offer = b"WWW-Authenticate: %s" % self._scheme.encode()
        if found and found[0].startswith(self._scheme.encode()):
            token = base64.b64encode(b"theirs")
            kind = b"Content-Type: application/soap+xml\r\n"
            sock.sendall(whole(b"<a/>" if body else b"", b"HTTP/1.1 200 OK\r\n%s%s %s\r\n" % (kind, offer, token)))
        elif not found and len(self.bodies) > 1 and not self._each:
            sock.sendall(whole(b"<a/>"))
        else:
            sock.sendall(whole(b"", b"HTTP/1.1 401 \r\n%s\r\n" % offer))


def transport(monkeypatch: pytest.MonkeyPatch, port: int, **changed: Any) -> FastTransport:
    protocols = {"Kerberos": KERBEROS}

    def begin(_logon: Logon, scheme: str, _channel: Any) -> tuple[Seal, bytes]:
        context = Played()
        return Seal(context, protocols.get(scheme, PROTOCOL)), context.step() or b""

    monkeypatch.setattr(Logon, "begin", begin)
    given = {
        "method": "negotiate", "username": "a", "password": "b", "seals": False, "read_timeout": 20.0,
        "schemes": ("Negotiate", "Kerberos", "NTLM"), "service": "HTTP", **changed,
    }  # fmt: skip
    return FastTransport(Settings(endpoint=f"http://{HOST}:{port}/wsman", **given), CancelToken())


def test_a_service_may_want_a_logon_for_each_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP.sys does for Kerberos, unless it is set otherwise. The libraries log on again: what was refused was not
    carried out."""
    service = Service("Negotiate", each=True)
    with hostile({"it": service}) as servers:
        one = transport(monkeypatch, servers["it"].port)
        assert [one.send_message(f"<{name}/>") for name in "bcd"] == [b"<a/>"] * 3
        one.close_session()
    assert service.bodies == [b"<b/>", b"<c/>", b"<c/>", b"<d/>"], "each carries its message with the logon"


@pytest.mark.parametrize("scheme", ["Negotiate", "Kerberos", "NTLM"])
def test_a_service_that_knows_one_scheme_is_asked_for_that(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    service = Service(scheme)
    with hostile({"it": service}) as servers:
        one = transport(monkeypatch, servers["it"].port)
        assert one.send_message("<b/>") == b"<a/>"
        assert one.send_message("<c/>") == b"<a/>"
        one.close_session()
    used = [one.split()[0].decode() for one in service.authorizations]
    assert used == (["Negotiate"] if scheme == "Negotiate" else ["Negotiate", scheme])


def test_a_seal_after_kerberos_alone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service("Kerberos")
    with hostile({"it": service}) as servers:
        one = transport(monkeypatch, servers["it"].port, seals=True)
        one.build_session()
        assert service.bodies == [b"", b""]
        assert one._seal is not None
        assert "HTTP-Kerberos-session-encrypted" in one._seal.wrap(b"<b/>")[0]
        one.close_session()


def test_a_logon_that_is_accepted_without_its_end_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers has not shown that it is the host."""
    with hostile({"it": lambda _server, sock: sock.sendall(whole(b"<a/>"))}) as servers:
        one = transport(monkeypatch, servers["it"].port)
        with pytest.raises(InvalidCredentialsError, match="does not authenticate by negotiate"):
            one.send_message("<b/>")


def test_a_certificate_is_named_in_each_message(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def answer(server: Server, sock: Any) -> None:
        seen.append(server.last)
        sock.sendall(whole(b"<a/>"))

    with hostile({"it": answer}) as servers:
        one = transport(monkeypatch, servers["it"].port, method="certificate")
        for _unused in range(2):
            one.send_message("<b/>")
        one.close_session()
    assert [f"\r\nAuthorization: {MUTUAL}\r\n".encode() in message for message in seen] == [True, True]
