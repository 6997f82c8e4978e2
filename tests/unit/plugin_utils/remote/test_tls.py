"""TLS of the lean transport: in every case of a certificate its verdict is that of the library, pywinrm or pypsrp."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import ipaddress
import pathlib
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import spnego
from ansible_collections.windefend.maps.plugins.plugin_utils._remote import tls
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.conversation import Conversation
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.fast_transport import FastTransport
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.hints import HINTS, connection_hint
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.protocol import FastProtocol
from ansible_collections.windefend.maps.plugins.plugin_utils._remote.wire import CancelToken, Wire
from ansible_collections.windefend.maps.tests.support.simulated_host import machine
from ansible_collections.windefend.maps.winsim.authority import Authority
from ansible_collections.windefend.maps.winsim.host import SimulatedHost
from ansible_collections.windefend.maps.winsim.wire import http, sealing
from ansible_collections.windefend.maps.winsim.wire.server import serve_in_thread
from ansible_collections.windefend.maps.winsim.wire.tls import Listener
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pypsrp.negotiate import HTTPNegotiateAuth
from requests_ntlm.requests_ntlm import _get_certificate_hash

from .test_bounds import psrp_protocol

HOST = "127.0.0.1"
SHA1 = base64.b64decode(
    "MIIBbDCCARKgAwIBAgIUSkU1GhyzpfIi7zNqsqU+ssh6tREwCQYHKoZIzj0EATAMMQowCAYDVQQDDAFhMB4XDTI2MTIwMTEwNTIzNFoXDTM2MTEy"
    "ODEwNTIzNFowDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABKloxnEzt+RVoEDszXf49lRqF2ELvt33bLOIzACp3bsOf9qT"
    "4GJnhpLiGeTPAXwVtKYiGvTQJq8UjhIyD/Idi/ajUzBRMB0GA1UdDgQWBBSnbH+UKbJMh4dr0XeG4YNWDGOk/jAfBgNVHSMEGDAWgBSnbH+UKbJM"
    "h4dr0XeG4YNWDGOk/jAPBgNVHRMBAf8EBTADAQH/MAkGByqGSM49BAEDSQAwRgIhAMUhVsdmiuiWD2U2QUE8XbO+EIIEDLUE6mLaQvtmMt+fAiEA"
    "0AsfKpO4Kkl/abFTM2nAKsp0X++CVR/lJpFIcLdLNC0="
)
"""A certificate that `openssl req -x509 -sha1` made; the Python library makes none any more."""


def self_signed(path: pathlib.Path, hashed: Any) -> pathlib.Path:
    """A file with a certificate that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hashed.name)])
    now = dt.datetime.now(dt.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False)
        .add_extension(identifier, False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)
        .sign(key, hashed)
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(certificate.public_bytes(pem) + private)
    return path


@contextlib.contextmanager
def refusing(context: ssl.SSLContext) -> Iterator[int]:
    """A port where no handshake succeeds, and where the client learns why: asyncio closes the connection instead."""

    def refuse(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _unused = listener.accept()
                with client, context.wrap_socket(client.dup(), server_side=True, do_handshake_on_connect=False) as tls:
                    with pytest.raises(ssl.SSLError):
                        tls.do_handshake()
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):  # what is left unread would end the connection before the alert is read
                        pass

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=refuse, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


class Field:
    """A machine behind TLS with certificates of every kind, each on a port of its own, and the files with which it is
    reached."""

    def __init__(self, folder: pathlib.Path) -> None:
        ours, theirs = Authority(folder), Authority(folder, "clients")
        strangers = Authority(folder, "strangers")
        self.ca, self.strangers = str(ours.path), str(strangers.path)
        self.folder, self.garbage = str(folder), str(folder / "garbage.pem")
        pathlib.Path(self.garbage).write_text("no certificate")
        self.client = str(theirs.issue_to_user("ansible"))
        self.stranger = str(strangers.issue_to_user("svc-ansible-2"))
        self.locked = self._locked(folder)
        itself, sha384 = (self_signed(folder / f"{one.name}.pem", one) for one in (hashes.SHA256(), hashes.SHA384()))
        self.itself, self.sha384 = str(itself), str(sha384)
        certificates = {
            "good": ours.issue("good", HOST),
            "by-name": ours.issue("localhost"),
            "wrong-name": ours.issue("elsewhere.example", "192.0.2.1"),
            "expired": ours.issue("expired", HOST, days=-1),
            "self-signed": itself,
            "sha384": sha384,
        }
        self.listeners: dict[str, Listener | None] = {
            "plain": None,
            **{name: Listener(pem, theirs.path) for name, pem in certificates.items()},
        }
        self.ports: dict[str, int] = {}
        """Where a machine is behind each of them, and two more."""

    def _locked(self, folder: pathlib.Path) -> str:
        """The client's certificate, whose key is under a password."""
        pem = pathlib.Path(self.client).read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        locked = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"k")
        )
        path = folder / "locked.pem"
        path.write_bytes(pem[: pem.index(b"-----BEGIN PRIVATE")] + locked)
        return str(path)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    allowed = {"allow_basic": True, "allow_unencrypted": True, "allow_certificate": True}
    on = SimulatedHost(machine(overrides={"winrm": allowed}))
    made = Field(tmp_path_factory.mktemp("tls"))
    with contextlib.ExitStack() as stack:
        for name, listener in made.listeners.items():
            listeners = {HOST: listener} if listener else {}
            made.ports[name] = stack.enter_context(serve_in_thread({HOST: on}, listeners=listeners)).port
        good = made.listeners["good"]
        assert good
        old, strict = (good.context(on.version) for _unused in range(2))
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        made.ports |= {"old": stack.enter_context(refusing(old)), "strict": stack.enter_context(refusing(strict))}
        yield made


@pytest.fixture(autouse=True)
def nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


UNKNOWN = "the certificate's authority is unknown"
NO_FILE = "the file of authorities is missing"
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "good": ("good", {"ca": "{ca}"}, "ok"),
    "good, another hash": ("sha384", {"ca": "{sha384}"}, "ok"),
    "a name": ("by-name", {"ca": "{ca}", "host": "localhost"}, "ok"),
    "an address where a name is": ("by-name", {"ca": "{ca}"}, "the certificate is for another name"),
    "a name where an address is": ("good", {"ca": "{ca}", "host": "localhost"}, "the certificate is for another name"),
    "wrong name": ("wrong-name", {"ca": "{ca}"}, "the certificate is for another name"),
    "expired": ("expired", {"ca": "{ca}"}, "the certificate has expired"),
    "self-signed": ("self-signed", {"ca": "{ca}"}, UNKNOWN),
    "self-signed, trusted": ("self-signed", {"ca": "{itself}"}, "ok"),
    "authorities of the system": ("good", {}, UNKNOWN),
    "other authorities": ("good", {"ca": "{strangers}"}, UNKNOWN),
    "a folder without hashes": ("good", {"ca": "{folder}"}, UNKNOWN),
    "no such file": ("good", {"ca": "/nowhere.pem"}, NO_FILE),
    "a file without certificates": ("good", {"ca": "{garbage}"}, "TLS was ended"),
    "the environment's": ("good", {"REQUESTS_CA_BUNDLE": "{ca}"}, "ok"),
    "the environment's second": ("good", {"CURL_CA_BUNDLE": "{ca}"}, "ok"),
    "the environment's are others": ("good", {"REQUESTS_CA_BUNDLE": "{strangers}"}, UNKNOWN),
    "the environment's is missing": ("good", {"REQUESTS_CA_BUNDLE": "/nowhere.pem"}, NO_FILE),
    "the environment's do not count": ("good", {"ca": "{ca}", "REQUESTS_CA_BUNDLE": "{strangers}"}, "ok"),
    "wrong name, ignored": ("wrong-name", {"ignore": True}, "ok"),
    "expired, ignored": ("expired", {"ignore": True, "ca": "{ca}"}, "ok"),
    "self-signed, ignored": ("self-signed", {"ignore": True, "REQUESTS_CA_BUNDLE": "/nowhere.pem"}, "ok"),
    "client certificate": ("good", {"ca": "{ca}", "client": "{client}"}, "ok"),
    "client certificate, ignored": ("wrong-name", {"ignore": True, "client": "{client}"}, "ok"),
    "client certificate of others": ("strict", {"ca": "{ca}", "client": "{stranger}"}, "TLS was ended"),
    "client certificate is none": ("good", {"ca": "{ca}", "client": "{garbage}"}, "TLS was ended"),
    "client key is locked": ("good", {"ca": "{ca}", "client": "{locked}"}, "the client certificate's key is encrypted"),
    "an old version": ("old", {"ca": "{ca}"}, "no common version of TLS"),
    "no TLS": ("plain", {"ca": "{ca}"}, "no TLS on this port"),
}


def options(field: Field, given: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.format(**vars(field)) if isinstance(value, str) and "{" in value else value
        for key, value in given.items()
    }


def by_pywinrm(port: int, given: dict[str, Any], lean: bool, method: str = "ntlm", **more: Any) -> Conversation:
    client, ca = given.get("client"), given.get("ca")
    return FastProtocol(
        f"https://{given.get('host', HOST)}:{port}/wsman",
        "certificate" if client else method,
        "ansible",
        "Winsim-only-1",
        server_cert_validation="ignore" if given.get("ignore") else "validate",
        proxy="legacy_requests" if lean else "",
        **({"ca_trust_path": ca} if ca else {}),
        **({"cert_pem": client, "cert_key_pem": client} if client else {}),
        **more,
    )


def by_pypsrp(port: int, given: dict[str, Any], lean: bool, method: str = "ntlm", **more: Any) -> Conversation:
    client = given.get("client")
    return psrp_protocol(
        "https",
        "certificate" if client else method,
        port,
        server=given.get("host", HOST),
        cert_validation=False if given.get("ignore") else given.get("ca", True),
        encryption="auto",
        read_timeout=30,
        proxy=None if lean else "",
        **({"certificate_pem": client, "certificate_key_pem": client} if client else {}),
        **more,
    )


LIBRARIES = {"pywinrm": by_pywinrm, "pypsrp": by_pypsrp}


def verdict(protocol: Conversation, lean: bool) -> str:
    """`ok`, or the name of the hint for what was said."""
    assert isinstance(protocol.transport, FastTransport) is lean
    try:
        protocol.close_shell(protocol.open_shell())
    except Exception as error:
        text = connection_hint(str(error))
        return next((hint.name for hint in HINTS if hint.text == text), f"no hint: {error}")
    finally:
        protocol.transport.close_session()
    return "ok"


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_the_librarys(field: Field, monkeypatch: pytest.MonkeyPatch, case: str, library: str) -> None:
    front, raw, expected = CASES[case]
    given = options(field, raw)
    for name in given.keys() & {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}:
        monkeypatch.setenv(name, given[name])
    found = {lean: verdict(LIBRARIES[library](field.ports[front], given, lean), lean) for lean in (True, False)}
    assert found == {True: expected, False: expected}


def test_a_locked_key_is_opened_with_its_password(field: Field) -> None:
    given = options(field, {"ca": "{ca}", "client": "{locked}"})
    for password, expected in (("k", "ok"), ("wrong", "TLS was ended")):
        for lean in (True, False):
            more = {"certificate_key_password": password}
            assert verdict(by_pypsrp(field.ports["good"], given, lean, **more), lean) == expected


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("method", ["basic", "ssl"])
def test_a_password_in_clear_travels_in_tls(field: Field, library: str, method: str) -> None:
    for lean in (True, False):
        used = "basic" if library == "pypsrp" else method
        assert verdict(LIBRARIES[library](field.ports["good"], {"ca": field.ca}, lean, used), lean) == "ok"


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("encryption", ["auto", "always", "never"])
def test_messages_are_sealed_where_the_library_seals_them(
    field: Field, monkeypatch: pytest.MonkeyPatch, library: str, encryption: str
) -> None:
    seen: list[http.Request] = []
    real = http.read_request

    async def read_request(*given: Any) -> http.Request | None:
        request = await real(*given)
        seen.extend([request] if request else [])
        return request

    monkeypatch.setattr(http, "read_request", read_request)
    port = field.ports["good"]
    for lean in (True, False):
        seen.clear()
        protocol = (
            by_pywinrm(port, {"ca": field.ca}, lean, message_encryption=encryption)
            if library == "pywinrm"
            else psrp_protocol(
                "https", "ntlm", port, cert_validation=field.ca, proxy=None if lean else "", read_timeout=30,
                encryption=encryption,
            )
        )  # fmt: skip
        assert verdict(protocol, lean) == "ok"
        sealed = {sealing.is_sealed(one.head.headers.get("content-type", "")) for one in seen if one.body}
        assert sealed == {encryption == "always"}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("front", ["good", "sha384"])
@pytest.mark.parametrize("sends", [True, False])
def test_a_logon_is_bound_to_the_certificate_as_the_library_binds_it(
    field: Field, monkeypatch: pytest.MonkeyPatch, library: str, front: str, sends: bool
) -> None:
    bound: list[bytes | None] = []
    real = spnego.client

    def client(*arguments: Any, **given: Any) -> Any:
        channel = given.get("channel_bindings")
        bound.append(channel and channel.application_data)
        return real(*arguments, **given)

    monkeypatch.setattr(spnego, "client", client)
    name = {"pywinrm": "send_cbt", "pypsrp": "negotiate_send_cbt"}[library]
    for lean in (True, False):
        ca = field.sha384 if front == "sha384" else field.ca
        protocol = LIBRARIES[library](field.ports[front], {"ca": ca}, lean, **{name: sends})
        assert verdict(protocol, lean) == "ok"
    assert len(bound) == 2
    assert bound[0] == bound[1]
    assert (bound[0] or b"").startswith(b"tls-server-end-point:") is sends


class Shown:
    """A socket of TLS, of which only the certificate is asked."""

    def __init__(self, der: bytes) -> None:
        self._der = der

    def getpeercert(self, binary_form: bool) -> bytes:
        return self._der


def test_the_hash_of_a_binding_is_the_one_of_the_signature_and_never_an_old_one(tmp_path: pathlib.Path) -> None:
    ders = [SHA1]
    for hashed in (hashes.SHA256(), hashes.SHA512(), hashes.SHA3_256()):
        pem = self_signed(tmp_path / f"{hashed.name}.pem", hashed).read_text()
        ders.append(ssl.PEM_cert_to_DER_cert(pem[: pem.index("-----BEGIN PRIVATE")]))
    for der in ders:
        bound = tls.channel_bindings(Shown(der)).application_data  # type: ignore[arg-type]
        assert bound == b"tls-server-end-point:" + HTTPNegotiateAuth._get_certificate_hash(der)
        assert bound == b"tls-server-end-point:" + (_get_certificate_hash(der) or b"")


def test_the_authorities_are_loaded_once(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading them costs more than a host."""
    made: list[ssl.SSLContext] = []
    real = tls.create_urllib3_context
    monkeypatch.setattr(tls, "create_urllib3_context", lambda **given: made.append(real(**given)) or made[-1])
    tls._context.cache_clear()
    for method in ("ntlm", "basic", "ntlm"):
        assert verdict(by_pywinrm(field.ports["good"], {"ca": field.ca}, True, method), True) == "ok"
    assert len(made) == 1
    assert verdict(by_pywinrm(field.ports["good"], {"ignore": True}, True), True) == "ok"
    assert len(made) == 2


def test_a_handshake_has_the_time_of_its_exchange(field: Field) -> None:
    with socket.create_server((HOST, 0)) as silent:
        wire = Wire(CancelToken())
        wire.begin(0.3)
        sock = wire.connect(HOST, silent.getsockname()[1])
        with pytest.raises(TimeoutError, match=r"no answer in time: nothing received within 0\.3 seconds"):
            tls.wrapped(sock, wire, HOST, False, None, None)
