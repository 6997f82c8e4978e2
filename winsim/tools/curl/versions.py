"""Which curl a build of Windows carries, and how its words differ.

Updates replace curl.exe, so a build alone does not tell its version: what each build carries here is one that was seen
on such a system (captures of `curl --version`; that it is the one of this very build: guess). The texts are captures
where one exists, see winsim/messages; what changed in which version in between is recalled.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """One version of curl.exe."""

    number: tuple[int, int, int]
    backend: str
    released: str

    @property
    def text(self) -> str:
        return ".".join(map(str, self.number))

    @property
    def banner(self) -> str:
        """What `curl -V` prints."""
        return (
            f"curl {self.text} (Windows) libcurl/{self.text} {self.backend}\r\nRelease-Date: {self.released}\r\n"
            "Protocols: dict file ftp ftps http https imap imaps pop3 pop3s smtp smtps telnet tftp\r\n"
            "Features: AsynchDNS HSTS IPv6 Kerberos Largefile NTLM SPNEGO SSL SSPI UnixSockets\r\n"
        )

    @property
    def names_codes(self) -> bool:
        """Writes `CRYPT_E_REVOCATION_OFFLINE (0x80092013)`; before: `Unknown error (0x80092013)` (captures)."""
        return self.number >= (7, 84, 0)

    @property
    def certificate_fault(self) -> int:
        """The exit code for a certificate that is not trusted (curl/curl#12239, #12241; captures)."""
        return 60 if self.number >= (8, 5, 0) else 77

    @property
    def knows_certs(self) -> bool:
        r"""Fills `%{certs}` (curl/curl#10019)."""
        return self.number >= (7, 88, 0)

    @property
    def joins_port(self) -> bool:
        """Writes `HOST:PORT`; before: `HOST port PORT` (captures)."""
        return self.number >= (8, 20, 0)


BY_BUILD = (
    (26100, Version((8, 21, 0), "Schannel zlib/1.3.2 WinIDN WinLDAP", "2026-06-24")),
    (22631, Version((8, 13, 0), "Schannel zlib/1.3.1 WinIDN", "2025-04-02")),
    (20348, Version((8, 7, 1), "Schannel zlib/1.3 WinIDN", "2024-03-27")),
    (19041, Version((7, 83, 1), "Schannel", "2022-05-13")),
    (0, Version((7, 55, 1), "WinSSL", "[unreleased]")),
)


def of(build: int) -> Version:
    """The version that a build carries."""
    return next(version for since, version in BY_BUILD if build >= since)
