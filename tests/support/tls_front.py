"""What stands before a served host: TLS with certificates of an authority of the test, and a forward proxy."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import pathlib
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .faulty_relay import Broken, Relay
from .hostile_server import message

MUTUAL = b"http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual"
"""What a client says that logs on with its certificate (DSP0226, C.3.4)."""
_LOGON = re.compile(rb"\r\nAuthorization: [^\r\n]*", re.IGNORECASE)


class Authority:
    """Issues certificates; `path` is the file of its own."""

    def __init__(self, folder: pathlib.Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        basic = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(
            **dict.fromkeys(_USES, False) | {"key_cert_sign": True, "crl_sign": True, "digital_signature": True}
        )
        alone = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = self._begun(self._name, self._key, 1).add_extension(basic, True).add_extension(usage, True)
        builder = builder.add_extension(alone, False)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue_itself(self) -> pathlib.Path:
        """A file with the authority's own certificate, which is for 127.0.0.1, and its key."""
        path = self._folder / "itself.pem"
        path.write_bytes(self.path.read_bytes() + _key_pem(self._key))
        return path

    def issue(
        self, name: str, address: str = "", days: int = 1, hashed: hashes.HashAlgorithm | None = None
    ) -> pathlib.Path:
        """A file with the certificate for a name, or an address, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._begun(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), key, days)
        names: list[Any] = [x509.DNSName(name)]
        if address:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        certificate: Any = builder.sign(self._key, hashed or hashes.SHA256())  # type: ignore[arg-type]
        path = self._folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + _key_pem(key))
        return path

    def _begun(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=9))
            .not_valid_after(now + dt.timedelta(days=days))
        )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass
class TlsFront(Relay):
    """Ends TLS. Who shows a certificate of `clients` is logged on as `account`, as WinRM maps certificates."""

    certificate: pathlib.Path | None = None
    clients: pathlib.Path | None = None
    account: str = ""
    """`user:password`."""

    def __post_init__(self) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(str(self.certificate))
        if self.clients is not None:
            self._tls.load_verify_locations(str(self.clients))
            self._tls.verify_mode = ssl.CERT_OPTIONAL
        super().__post_init__()

    def _serve(self, client: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(client, server_side=True) as wrapped:
                super()._serve(wrapped)
        except OSError:  # it did not accept the certificate
            client.close()

    def _pass_on(self, client: Any, upstream: socket.socket, request: bytes, answered: object) -> None:
        if MUTUAL in request:
            logon = f"\r\nAuthorization: Basic {base64.b64encode(self.account.encode()).decode()}".encode()
            request = _LOGON.sub(logon if client.getpeercert() else b"", request, count=1)
        super()._pass_on(client, upstream, request, answered)


@dataclass
class ForwardProxy(Relay):
    """A proxy of HTTP; `port` is not used. What it passes on it counts in `requests`."""

    port: int = 0

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as asked:
            upstream: socket.socket | None = None
            while request := message(asked):
                method, url, rest = request.split(b" ", 2)
                host, _colon, port = url.removeprefix(b"http://").partition(b"/")[0].decode().partition(":")
                if upstream is None:
                    upstream = socket.create_connection((host, int(port)))
                    answered = upstream.makefile("rb")
                path = b"/" + url.removeprefix(b"http://").partition(b"/")[2]
                try:
                    self._pass_on(client, upstream, b" ".join((method, path, rest)), answered)
                except (OSError, Broken):
                    break
            if upstream is not None:
                upstream.close()
