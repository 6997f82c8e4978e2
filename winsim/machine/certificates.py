"""Certificates that servers show, as curl prints them and certutil reads them: X.509 in DER, without a real key.

Only what those two look at is there: names, times, and the address of the revocation list (RFC 5280, 4.1 and 4.2.1.13).
Key and signature are zeros, which nobody in winsim checks.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

Name = tuple[tuple[str, str], ...]
"""`(("C", "US"), ("O", "..."), ("CN", "..."))`."""

_ATTRIBUTES = {"C": b"\x55\x04\x06", "O": b"\x55\x04\x0a", "CN": b"\x55\x04\x03"}
_SHORT = {value: key for key, value in _ATTRIBUTES.items()}
_CRL_POINTS = b"\x55\x1d\x1f"
_SHA256_RSA = bytes.fromhex("2a864886f70d01010b")
_RSA = bytes.fromhex("2a864886f70d010101")
_LIFE = dt.timedelta(days=365)
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)


class NoCertificate(ValueError):
    """What was read is no certificate."""


@dataclass(frozen=True)
class Certificate:
    """One certificate. `crl` is empty where it names no revocation list."""

    subject: Name
    issuer: Name
    crl: str = ""
    begins: dt.datetime = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    @property
    def ends(self) -> dt.datetime:
        return self.begins + _LIFE

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        algorithm = _tlv(0x30, _tlv(6, _SHA256_RSA), _tlv(5))
        key = _tlv(
            0x30, _tlv(0x30, _tlv(6, _RSA), _tlv(5)), _tlv(3, b"\0" + _tlv(0x30, _tlv(2, b"\1"), _tlv(2, b"\3")))
        )
        serial = hashlib.sha256(repr((self.subject, self.issuer)).encode()).digest()[:8]
        parts = [
            _tlv(0xA0, _tlv(2, b"\2")),
            _tlv(2, b"\x40" + serial),
            algorithm,
            _name(self.issuer),
            _tlv(0x30, _time(self.begins), _time(self.ends)),
            _name(self.subject),
            key,
        ]
        if self.crl:
            point = _tlv(0x30, _tlv(0xA0, _tlv(0xA0, _tlv(0x86, self.crl.encode("ascii")))))
            extension = _tlv(0x30, _tlv(6, _CRL_POINTS), _tlv(4, _tlv(0x30, point)))
            parts.append(_tlv(0xA3, _tlv(0x30, extension)))
        return _tlv(0x30, _tlv(0x30, *parts), algorithm, _tlv(3, bytes(9)))

    @property
    def pem(self) -> str:
        """The same in Base64, lines of 64 characters, LF between them as curl writes them."""
        body = textwrap.fill(base64.b64encode(self.der).decode("ascii"), 64)
        return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def text(name: Name, separator: str = ", ", equal: str = "=") -> str:
    """A name as tools print it."""
    return separator.join(f"{key}{equal}{value}" for key, value in name)


def read(data: bytes) -> Certificate:
    """The first certificate of a file, DER or Base64 with its lines of dashes. Raises NoCertificate."""
    found = _PEM.search(data)
    try:
        der = base64.b64decode(b"".join(found[1].split()), validate=True) if found else data
        body = list(_children(next(_children(der))[1]))
        parts = list(_children(body[0][1]))
        times = list(_children(parts[4][1]))
        begins = dt.datetime.strptime(times[0][1].decode("ascii"), "%y%m%d%H%M%SZ").replace(tzinfo=dt.UTC)
        crl = next((_crl(value) for tag, value in parts if tag == 0xA3), "")
        return Certificate(_read_name(parts[5][1]), _read_name(parts[3][1]), crl, begins)
    except (StopIteration, IndexError, KeyError, ValueError, binascii.Error) as error:
        raise NoCertificate(str(error)) from error


def _tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def _children(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        tag, size = data[position], data[position + 1]
        position += 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(data[position : position + count], "big")
            position += count
        if position + size > len(data):
            raise NoCertificate("cut")
        yield tag, data[position : position + size]
        position += size


def _name(name: Name) -> bytes:
    return _tlv(
        0x30,
        *(_tlv(0x31, _tlv(0x30, _tlv(6, _ATTRIBUTES[key]), _tlv(12, value.encode("utf-8")))) for key, value in name),
    )


def _read_name(data: bytes) -> Name:
    pairs = []
    for _unused, relative in _children(data):
        (_unused, pair), *_more = _children(relative)
        (_unused, kind), (_unused, value) = _children(pair)
        pairs.append((_SHORT[kind], value.decode("utf-8")))
    return tuple(pairs)


def _time(moment: dt.datetime) -> bytes:
    return _tlv(23, moment.strftime("%y%m%d%H%M%SZ").encode("ascii"))


def _crl(extensions: bytes) -> str:
    found = re.search(rb"\x86[^\x86]{1,3}?(https?://[\x21-\x7e]+)", extensions, re.DOTALL)
    return found[1].decode("ascii") if found else ""
