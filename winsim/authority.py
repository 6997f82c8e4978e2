"""An authority of certificates: for HTTPS listeners, and for clients that log on with one.

It is made anew each time a fleet is served, so no certificate of it opens anything else, and its key is never written.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from .wire.tls import USER_PRINCIPAL_NAME

_AGE = dt.timedelta(days=9)
"""How long ago each certificate began, so that a clock which is wrong by hours does not matter."""
_USES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


class Authority:
    """Issues certificates into a folder; `path` is the file of its own."""

    def __init__(self, folder: pathlib.Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        basic = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(**dict.fromkeys(_USES, False) | {"key_cert_sign": True, "crl_sign": True})
        builder = self._begun(self._name, self._key, self._name, self._key, 1)
        builder = builder.add_extension(basic, True).add_extension(usage, True)
        self.path = folder / f"{name}.pem"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(
        self, name: str, address: str = "", days: int = 1, *, self_signed: bool = False, file: str = ""
    ) -> pathlib.Path:
        """A file with the certificate of a server for a name, or an address, and its key; it has the server's name if
        no other is given. `days` below 0: expired."""
        names: list[x509.GeneralName] = [x509.DNSName(name)]
        if address:
            names.append(x509.IPAddress(ipaddress.ip_address(address)))
        return self._issue(file or name, name, names, ExtendedKeyUsageOID.SERVER_AUTH, days, self_signed)

    def issue_to_user(self, user: str) -> pathlib.Path:
        """A file with the certificate by which a local account logs on, and its key (see `client_file`): the user
        principal name is USER@localhost, as in Ansible's guide."""
        principal = f"{user}@localhost".encode()
        encoded = bytes([0x0C, len(principal)]) + principal  # a UTF8String of less than 128 bytes
        names: list[x509.GeneralName] = [x509.OtherName(x509.ObjectIdentifier(USER_PRINCIPAL_NAME), encoded)]
        file = client_file(self._folder, user).stem
        return self._issue(file, user, names, ExtendedKeyUsageOID.CLIENT_AUTH, 1, False)

    def _issue(
        self, file: str, name: str, names: list[x509.GeneralName], use: x509.ObjectIdentifier, days: int,
        self_signed: bool,
    ) -> pathlib.Path:  # fmt: skip
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, signer = (_name(name), key) if self_signed else (self._name, self._key)
        builder = self._begun(_name(name), key, issuer, signer, days)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
        certificate = builder.add_extension(x509.ExtendedKeyUsage([use]), False).sign(signer, hashes.SHA256())
        path = self._folder / f"{file}.pem"
        path.touch(mode=0o600)
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return path

    def _begun(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name,
        signer: ec.EllipticCurvePrivateKey, days: int,
    ) -> x509.CertificateBuilder:  # fmt: skip
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _AGE)
            .not_valid_after(now + dt.timedelta(days=days))
            # Python 3.13 and later accept no certificate without both.
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
        )


def client_file(folder: pathlib.Path, user: str) -> pathlib.Path:
    """Where an authority of this folder puts the certificate of a user."""
    return folder / f"certificate-of-{user}.pem"


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])
