"""What a probe is asked to do, checked before anything is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from ..._windows import certutil
from ..._windows.cmdline import CannotCarry
from ..operation import HostError, Refused, RunIdentity
from ..proxy import change as proxy_change
from .url import Address

CRL_URLS = (
    "http://www.microsoft.com/pkiops/crl/MicSecSerCA2011_2011-10-18.crl",
    "http://crl.microsoft.com/pki/crl/products/MicRooCerAut2011_2011_03_22.crl",
)
"""One list below each of the article's addresses for lists; both stood in Microsoft's certificates (published copies of
them: likely). Written down in 2026, for where no certificate is seen that names others. The first is of Microsoft
Secure Server CA 2011, which was issued on 2011-10-18 (its name) and ended on 2026-10-18 (the certificate: sure): that
its list is still there, nobody says."""
LONGEST = 120
MOST_URLS = 200
_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:/[A-Za-z0-9._~:/?#@$&'()*+,;=-]*)?", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})(?::\d{1,5})?")


@dataclass(frozen=True)
class ProbeRequest:
    """What to ask. `identity` is for the folder and the scheduled task."""

    identity: RunIdentity
    urls: tuple[str, ...] | None = None
    """None: those of MAPS that the host asks."""
    crl_urls: tuple[str, ...] = CRL_URLS
    revocation: bool = True
    proxy: str = "winhttp"
    """winhttp, defender, none, or `host:port`; for `urls` only: lists go the CryptoAPI's way."""
    run_as: str = "current"
    connect_timeout: int = 5
    timeout: int = 15
    certificate: str = ""
    """Path of a certificate on the host for certutil; empty: one that a probe saw."""

    def validated(self) -> Self:
        """The request with hosts made URLs. Raises Refused."""
        if self.proxy not in ("winhttp", "defender", "none"):
            proxy_change.check_proxy("proxy", self.proxy)
        for option, seconds in (("connect_timeout", self.connect_timeout), ("timeout", self.timeout)):
            if not 1 <= seconds <= LONGEST:
                raise Refused(f"{option} must be 1 to {LONGEST} seconds, not {seconds}")
        if self.certificate:
            _check_path(self.certificate)
        urls = tuple(dict.fromkeys(_url("urls", text) for text in self.urls or ()))
        lists = tuple(dict.fromkeys(_url("crl_urls", text) for text in self.crl_urls))
        if self.urls is not None and not urls and not lists:
            raise Refused("urls and crl_urls are both empty, so there is nothing to probe")
        if len(urls) + len(lists) > MOST_URLS:
            raise Refused(
                f"urls and crl_urls contain {len(urls) + len(lists)} addresses, but the limit for one task is "
                f"{MOST_URLS}"
            )
        wrong = next((url for url in lists if not url.startswith("http:")), None)
        if wrong:
            raise Refused(f"crl_urls: {wrong!r} must begin with http:// - revocation lists are downloaded over port 80")
        return replace(self, urls=None if self.urls is None else urls, crl_urls=lists)

    def of_host(self, urls: tuple[str, ...]) -> Self:
        """The same for a host that asks these for MAPS, where nobody said which. Raises HostError where that is not
        known and nothing else is to be asked."""
        if self.urls is None and not urls and not self.crl_urls:
            raise HostError(
                "which addresses of MAPS this host asks is not known, and crl_urls is empty, so there is nothing to "
                "probe; specify urls"
            )
        return replace(self, urls=urls) if self.urls is None else self

    @property
    def has_built_in_lists(self) -> bool:
        """Whether the user left it to the collection which lists to ask for."""
        return self.crl_urls == CRL_URLS

    def through(self, proxy: str) -> Self:
        """All its URLs, lists too, through a proxy `host:port`, and nothing concluded on revocation: that goes the
        CryptoAPI's way. Raises Refused."""
        urls = (*(self.urls or ()), *self.crl_urls)
        other = replace(self, urls=urls, crl_urls=(), revocation=False, proxy=proxy, certificate="")
        proxy_change.check_proxy("proxy", proxy)
        return other.validated()


def _check_path(path: str) -> None:
    """Raises Refused for what is no full path that can be carried, to SYSTEM too."""
    try:
        certutil.verify(path)
    except CannotCarry as error:
        raise Refused(f"certificate: {error}") from error
    if not re.fullmatch(r"[A-Za-z]:\\[^!<>|?*/]+", path):
        raise Refused(f"certificate: {path!r} is not the full path of a file on a drive of the host")


def _url(option: str, text: str) -> str:
    """A URL as it is asked. Raises Refused."""
    if _URL.fullmatch(text):
        scheme, _unused, rest = text.partition("://")
        host, slash, path = rest.partition("/")
        url = f"{scheme.lower()}://{host.lower()}/{path}" if slash else f"{scheme.lower()}://{host.lower()}/"
    elif _HOST.fullmatch(text):
        url = f"http://{text[:-3].lower()}/" if text.endswith(":80") else f"https://{text.lower()}/"
    else:
        raise Refused(
            f"{option}: {text!r} is not a host name (or host:port), or an http or https URL of plain characters "
            "without spaces, percent signs, exclamation marks and user names"
        )
    if not 1 <= Address.of(url).port <= 65535:
        raise Refused(f"{option}: the port of {text!r} is not between 1 and 65535")
    return url
