"""What is told of each condition that keeps a connection from coming about: which host, port and user, what it means
and what to do. Here: real servers answer, and real libraries on the
controller say what they say."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import pathlib
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.windefend.maps.tests.support.failed_connections import Connection, told
from ansible_collections.windefend.maps.tests.support.hostile_server import HOST, cut, hostile, once, silent, whole
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

pytestmark = pytest.mark.usefixtures("no_proxies")


# something else answers

PAGE = b"<html><head><title>Service Unavailable</title></head><body>Access is denied.</body></html>"


def page(status: int, server: str = "nginx/1.24", kind: str = "text/html", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} X\r\nServer: {server}\r\nContent-Type: {kind}\r\n{more}"
    return whole(PAGE, head.encode())


STATUSES = {
    400: "ansible_winrm_scheme",
    401: "ansible_password",
    403: "IPv4Filter",
    404: "ansible_winrm_path",
    405: "no WinRM service",
    407: "no_proxy",
    411: "no WinRM service",
    413: "limits are too low",
    431: "limits are too low",
    500: "ansible_winrm_message_encryption",
    501: "no WinRM service",
    502: "load balancer",
    503: "netsh http show urlacl",
    504: "load balancer",
}


@pytest.mark.parametrize("way", ["lean-basic", "lean-ntlm", "own-basic", "own-ntlm"])
@pytest.mark.parametrize("status", STATUSES)
def test_who_answers_instead_of_winrm_and_what_to_do(status: int, way: str) -> None:
    """B15: 503 and 500 of something that is not WinRM; and the page's words are not taken for those of WinRM."""
    lean, _dash, method = way.partition("-")
    with hostile({"page": once(page(status))}) as servers:
        text = told(Connection(servers["page"].port, method, proxy=None if lean == "lean" else ""))
    assert STATUSES[status] in text
    assert f"HTTP {status}, text/html, server 'nginx/1.24', it says 'Service Unavailable'" in text
    assert "LocalAccountTokenFilterPolicy" not in text


@pytest.mark.parametrize("method", ["basic", "ntlm"])
@pytest.mark.parametrize(
    "body",
    [PAGE, b"<html><title>It works!</title><br></html>", b"{}", b"", b"<a/>"],
    ids=lambda body: body[:6].decode(),
)
def test_a_page_with_status_200(method: str, body: bytes) -> None:
    """A well-formed page without a shell's id was told as a time-out."""
    with hostile(
        {"page": once(whole(body, b"HTTP/1.1 200 OK\r\nServer: Apache\r\nContent-Type: text/html\r\n"))}
    ) as servers:
        text = told(Connection(servers["page"].port, method))
    assert "HTTP 200, text/html, server 'Apache'" in text
    assert "no answer in time" not in text
    assert "what listens on ansible_port" in text or "another web server" in text


def test_which_logons_are_offered_is_said() -> None:
    offers = 'WWW-Authenticate: Negotiate\r\nWWW-Authenticate: Kerberos\r\nWWW-Authenticate: Basic realm="WSMAN"\r\n'
    with hostile({"page": once(page(401, "Microsoft-HTTPAPI/2.0", more=offers))}) as servers:
        assert "it offers Negotiate, Kerberos, Basic" in told(Connection(servers["page"].port))
    with hostile({"page": once(page(401, more='WWW-Authenticate: Basic realm="x"\r\n'))}) as servers:
        text = told(Connection(servers["page"].port, "ntlm"))
    assert "it offers Basic" in text


# the controller's proxy


def closed_port() -> int:
    with socket.create_server((HOST, 0)) as one:
        return int(one.getsockname()[1])


@pytest.mark.parametrize("method", ["basic", "ntlm"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_of_the_controller_that_is_down(scheme: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """B16: the hint named the host, and nothing is wrong with the host."""
    proxy = f"{HOST}:{closed_port()}"
    monkeypatch.setenv(f"{scheme}_proxy", f"http://user:Secret-1@{proxy}")
    text = told(Connection(9, method, scheme, proxy="legacy_requests"))
    assert f"through the proxy {proxy} (the environment of Ansible)" in text
    assert "no_proxy" in text
    assert "winrm quickconfig" not in text
    assert "Secret-1" not in text


@pytest.mark.parametrize("status", [403, 407, 502, 503])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_of_the_controller_that_refuses(scheme: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """B16: `Tunnel connection failed: 403`, and the proxy's own page over http."""
    with hostile({"proxy": once(page(status, "squid"))}) as servers:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://{HOST}:{servers['proxy'].port}")
        text = told(Connection(9, scheme=scheme, proxy="legacy_requests"))
        assert f"through the proxy {HOST}:{servers['proxy'].port} (the environment of Ansible)" in text
        assert "no_proxy" in text
        named = told(Connection(9, scheme=scheme, proxy=f"http://{HOST}:{servers['proxy'].port}"))
        assert "(ansible_winrm_proxy)" in named


def test_a_host_in_no_proxy_is_told_of_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{HOST}:{closed_port()}")
    monkeypatch.setenv("no_proxy", HOST)
    text = told(Connection(closed_port(), proxy="legacy_requests"))
    assert "proxy" not in text
    assert "nothing listens on ansible_port" in text


# TLS


def certificate(folder: pathlib.Path, name: str, days: tuple[int, int], address: str = "") -> ssl.SSLContext:
    """A server's TLS, with a certificate that is in `server.pem` of the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    names += [x509.IPAddress(ipaddress.ip_address(address))] if address else []
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(pem)
    (folder / "both.pem").write_bytes(
        pem
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


@contextlib.contextmanager
def listener(tls: ssl.SSLContext) -> Iterator[int]:
    with hostile({"tls": once(page(404))}, tls=tls) as servers:
        yield servers["tls"].port


@pytest.mark.parametrize(
    ("name", "days", "address", "trusted", "expected"),
    [
        ("pc.corp.example", (-1, 1), HOST, False, ("does not know the authority", "ansible_winrm_ca_trust_path")),
        ("other.corp.example", (-1, 1), "", True, ("for another name", "is for other.corp.example, issued by")),
        ("pc.corp.example", (-9, -2), HOST, True, ("not within its time", "valid from")),
        ("pc.corp.example", (2, 9), HOST, True, ("not within its time", "valid from")),
    ],
    ids=["authority", "name", "expired", "not-yet"],
)
def test_a_certificate_that_is_not_accepted(
    name: str, days: tuple[int, int], address: str, trusted: bool, expected: tuple[str, ...], tmp_path: pathlib.Path
) -> None:
    with listener(certificate(tmp_path, name, days, address)) as port:
        trust = {"ca_trust_path": str(tmp_path / "server.pem")} if trusted else {}
        text = told(Connection(port, scheme="https", server_cert_validation="validate", **trust))
    for part in expected:
        assert part in text
    assert f"Its certificate is for {name}" in text


def test_a_file_of_authorities_that_is_not_there(tmp_path: pathlib.Path) -> None:
    with listener(certificate(tmp_path, "pc", (-1, 1), HOST)) as port:
        text = told(Connection(port, scheme="https", ca_trust_path=str(tmp_path / "none.pem")))
    assert "does not exist on the controller" in text


def test_https_to_a_port_without_tls() -> None:
    """A service that ends at once what is no HTTP, as HTTP.sys does."""
    with socket.create_server((HOST, 0)) as plain:

        def refuse() -> None:
            accepted, _unused = plain.accept()
            with accepted:
                accepted.recv(4096)
                accepted.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        server = threading.Thread(target=refuse)
        server.start()
        text = told(Connection(plain.getsockname()[1], scheme="https", server_cert_validation="ignore"))
        server.join()
    assert "does not speak TLS" in text
    assert "5986" in text


def test_http_to_a_port_with_tls(tmp_path: pathlib.Path) -> None:
    with listener(certificate(tmp_path, "pc", (-1, 1), HOST)) as port:
        assert "ansible_winrm_scheme" in told(Connection(port))


# the rest of the connection


def test_nothing_listens() -> None:
    assert "nothing listens on ansible_port" in told(Connection(closed_port()))


def test_no_answer() -> None:
    with hostile({"silent": silent()}) as servers:
        connection = Connection(servers["silent"].port)
        connection.seconds = 0.2
        assert "a firewall drops the connection to ansible_port" in told(connection)


def test_a_connection_that_is_cut() -> None:
    with hostile({"cut": cut(b"")}) as servers:
        assert "ansible_winrm_scheme fits ansible_port" in told(Connection(servers["cut"].port))


@pytest.mark.parametrize("method", ["basic", "ntlm"])
def test_no_password(method: str) -> None:
    assert "Set ansible_user and ansible_password" in told(Connection(closed_port(), method, password=None))
    assert "Set ansible_user and ansible_password" in told(Connection(closed_port(), method, username=""))


def test_no_client_certificate(tmp_path: pathlib.Path) -> None:
    """The transport's own name, `certificate`, was taken for a failed check of the host's certificate."""
    for given in ({}, {"cert_pem": str(tmp_path / "a"), "cert_key_pem": str(tmp_path / "b")}):
        text = told(Connection(closed_port(), "certificate", scheme="https", **given))
        assert "ansible_winrm_cert_pem" in text
        assert "ansible_winrm_ca_trust_path" not in text


def test_messages_that_cannot_be_encrypted() -> None:
    text = told(Connection(closed_port(), message_encryption="always"))
    assert "https and ansible_winrm_message_encryption: auto" in text
