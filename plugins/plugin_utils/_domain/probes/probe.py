"""Reachability as a host sees it: URLs through the proxy that WinHTTP would use, and the proof of revocation.

One line reads the host, one asks all URLs, one asks again without revocation checking those that failed in it, and
where a certificate was seen, it goes to certutil in a folder that is removed again. As SYSTEM each of these is a
scheduled task instead of a line.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from ..._windows import certutil, curl_probe, filetime, registry
from ..._windows.cmdline import NO_SUCH_PROGRAM, CannotCarry, Command, Outcome, OutputTooLarge
from ..._windows.credentials import last_words
from ..as_system import batch as as_system_batch, demand_elevated
from ..defender import DEFENDER, SYSTEM, Defender, System
from ..operation import (
    Ask,
    Fact,
    Fields,
    HostError,
    Operation,
    Refused,
    RunIdentity,
    erase,
    facts,
    readable,
    reason,
    temp_folder,
    understood,
    warn,
    was_found,
)
from ..proxy import STORES, Stores, change as proxy_change, unreadable
from ..root_lists import AUTO_UPDATE, LISTS
from . import routes as probes_routes, verdict as probes_verdict
from .routes import Route
from .url import Address
from .verdict import Probe

MAPS_URLS = ("https://wdcp.microsoft.com/", "https://wdcpalt.microsoft.com/", "https://cp.wd.microsoft.com/")
"""Names of the article's three MAPS patterns that answer."""
CRL_URLS = (
    "http://www.microsoft.com/pkiops/crl/MicSecSerCA2011_2011-10-18.crl",
    "http://crl.microsoft.com/pki/crl/products/MicRooCerAut2011_2011_03_22.crl",
)
"""One list below each of the article's addresses for lists; both stand in Microsoft's certificates (published copies of
them: likely)."""
LAST_LOOK = LISTS["disallowed"][1]
DECIDES: Fields = {"probe.curl": ("curl.present", "curl.version", "curl.schannel")}
LONGEST = 120
MOST_URLS = 200
CERTUTIL_TIMEOUT = 120.0
_URL = re.compile(r"https?://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?(?:/[A-Za-z0-9._~:/?#@$&'()*+,;=-]*)?", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})(?::\d{1,5})?")


@dataclass(frozen=True)
class ProbeRequest:
    """What to ask. `identity` is for the folder and the scheduled task."""

    identity: RunIdentity
    urls: tuple[str, ...] = MAPS_URLS
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
        urls = tuple(dict.fromkeys(_url("urls", text) for text in self.urls))
        lists = tuple(dict.fromkeys(_url("crl_urls", text) for text in self.crl_urls))
        if not urls and not lists:
            raise Refused("urls and crl_urls are both empty, so there is nothing to probe")
        if len(urls) + len(lists) > MOST_URLS:
            raise Refused(
                f"urls and crl_urls contain {len(urls) + len(lists)} addresses, but the limit for one task is "
                f"{MOST_URLS}"
            )
        wrong = next((url for url in lists if not url.startswith("http:")), None)
        if wrong:
            raise Refused(f"crl_urls: {wrong!r} must begin with http:// - revocation lists are downloaded over port 80")
        return replace(self, urls=urls, crl_urls=lists)


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


def probe(request: ProbeRequest) -> Operation[dict[str, Any]]:
    """Asks. Raises Refused, HostError; what cannot be reached is a result."""
    request = request.validated()
    answer = yield Ask(
        {
            **_FIRST.commands,
            "probe.curl": curl_probe.version().with_errors(),
        },
        reads=True,
    )
    request = replace(request, identity=request.identity.by_host_clock(answer.clock_skew))
    (system, stores, product, looked), unread = understood(answer.outcomes, _FIRST)
    if unread.keys() & {"proxy.blob", "proxy.system" if request.run_as == "system" else "proxy.caller"}:
        stores = unreadable(stores, "; ".join(unread.values()))
    elevated = system.elevated or "system.elevated" in unread  # where that is not known it is tried
    yield from warn(*_check_account(request, elevated, stores))
    stale = filetime.hours_since(looked, request.identity.now + (answer.clock_skew or 0.0))
    run = _Run(request, temp_folder.Temp(system.system_root), unread)
    answers = yield from _all(run, _curl(answer["probe.curl"]), stores, product, elevated)
    result = _result(request, answers, stale, _judged(request, answers, stale))
    result["unknown"] = facts(unread, DECIDES)
    erase(result, result["unknown"])
    return result


def _check_account(request: ProbeRequest, elevated: bool, stores: Stores) -> list[str]:
    """What to warn of: that its answer need not be Defender's. Raises HostError where the account may not ask so."""
    if request.run_as == "system":
        demand_elevated(elevated)
    if request.run_as != "system" and stores.caller_differs_from_system:
        return [
            "this account has its own proxy that SYSTEM does not have, so it may reach revocation lists that "
            "Defender cannot reach; use run_as: system"
        ]
    return []


def _curl(said: Outcome) -> curl_probe.Version | None:
    """Which curl.exe there is; None: none, or that is not known. Raises HostError for one that does not run."""
    if reason(said):
        return None
    curl = curl_probe.parse_version(said.output)
    if curl is None and said.exit_code != NO_SUCH_PROGRAM:
        raise HostError(
            f"curl.exe ended with {said.exit_code} when run with --version, so it cannot be used for probes. "
            f"Output: {last_words(said.text)}. Check that it is allowed for this account"
        )
    return curl


def _last_look(outcome: Outcome) -> dt.datetime | None:
    stored = registry.value(outcome.output, LAST_LOOK) if was_found(outcome) else None
    return filetime.decode(stored.data) if stored is not None and isinstance(stored.data, bytes) else None


_LOOKED: Final = Fact.of("probe.look", registry.query(AUTO_UPDATE, LAST_LOOK), _last_look)
"""When the list of untrusted certificates was last looked for."""


def _first(outcomes: Mapping[str, Outcome]) -> tuple[System, Stores, Defender, dt.datetime | None]:
    return SYSTEM.parse(outcomes), STORES.parse(outcomes), DEFENDER.parse(outcomes), _LOOKED.parse(outcomes)


_FIRST: Final = Fact({**SYSTEM.commands, **DEFENDER.commands, **STORES.commands, **_LOOKED.commands}, _first)
"""What the first line tells."""


@dataclass(frozen=True)
class _Run:
    """What every step needs."""

    request: ProbeRequest
    temp: temp_folder.Temp
    unread: dict[str, str]
    """Command -> why what it is to tell is not known; steps add to it."""

    def commands(self, commands: Mapping[str, Command], step: str, timeout: float) -> Operation[dict[str, Any]]:
        return as_system_batch.run(
            commands, run_as=self.request.run_as, system_root=self.temp.system_root,
            identity=self.request.identity.part(step), timeout=timeout,
        )  # fmt: skip


@dataclass(frozen=True)
class _Answers:
    """What was asked, and what came; `curl` None: curl could not ask."""

    curl: curl_probe.Version | None
    asked: list[Probe]
    lenient: list[Probe]
    """Of those that failed in it, without revocation checking."""
    crl: list[Probe]
    verified: certutil.Verification | None


def _all(
    run: _Run,
    curl: curl_probe.Version | None,
    stores: Stores,
    product: Defender,
    elevated: bool,
) -> Operation[_Answers]:
    """Asks all there is to ask."""
    request = run.request
    account = "system" if request.run_as == "system" else "caller"
    targets = [(url, _way(request, product, stores, url)) for url in request.urls]
    lists = [(url, probes_routes.cryptoapi(stores, account, "http", Address.of(url).host)) for url in request.crl_urls]
    lenient: list[Probe] = []
    verified, pem = None, ""
    if curl is None:
        probes = [probes_verdict.not_probed(url, way) for url, way in (*targets, *lists)]
    else:
        probes, pem = yield from _ask(run, curl, (*targets, *lists))
        again = [
            target
            for target, one in zip(targets, probes, strict=False)
            if request.revocation and one.failure in ("revocation_offline", "no_revocation_check")
        ]
        lenient, other = yield from _ask(run, curl, again, revocation=False)
        pem = pem or other
    if request.revocation and (request.certificate or pem):
        verified = yield from _verify(run, pem, elevated)
    return _Answers(curl, probes[: len(targets)], lenient, probes[len(targets) :], verified)


def _way(request: ProbeRequest, product: Defender, stores: Stores, url: str) -> Route:
    address = Address.of(url)
    if request.proxy == "winhttp":
        return probes_routes.winhttp(stores, address.scheme, address.host)
    if request.proxy == "defender":
        return probes_routes.defender(product, stores, address.scheme, address.host)
    return Route("", "option") if request.proxy == "none" else Route(request.proxy, "option")


def _ask(
    run: _Run, curl: curl_probe.Version, targets: Sequence[tuple[str, Route]], revocation: bool = True
) -> Operation[tuple[list[Probe], str]]:
    """The probes in the order of the targets, and a server's certificate where one was seen."""
    request = run.request
    commands = {
        str(number): curl_probe.probe(
            url, proxy=way.proxy, connect_timeout=request.connect_timeout, timeout=request.timeout,
            revocation=revocation, certs=curl.knows_certs and url.startswith("https:"),
        )
        for number, (url, way) in enumerate(targets)
    }  # fmt: skip
    answered = yield from run.commands(commands, "a" if revocation else "b", float(request.timeout))
    outcomes, unread = readable(answered)
    run.unread.update({f"endpoints: {targets[int(name)][0]}": why for name, why in unread.items()})
    seen = [curl_probe.parse(outcomes[name].output, outcomes[name].exit_code) for name in commands]
    leaf = next((one.leaf for one in seen if one.leaf), None)
    probes = [
        probes_verdict.not_probed(url, way) if name in unread else probes_verdict.judge(url, way, one)
        for (url, way), one, name in zip(targets, seen, commands, strict=True)
    ]
    return probes, leaf.pem if leaf else ""


def _verify(run: _Run, pem: str, elevated: bool) -> Operation[certutil.Verification | None]:
    """certutil on the file given, or on the certificate seen; None where an account may not put it anywhere safe."""
    if run.request.certificate:
        return (yield from _certutil(run, run.request.certificate))
    if not elevated:
        return None
    own = run.request.identity.part("c")
    return (yield from temp_folder.with_temp_folder(run.temp, own, _verify_seen(run, pem, own.name)))


def _verify_seen(run: _Run, pem: str, name: str) -> Operation[certutil.Verification]:
    """Puts the certificate in a folder of this name; the caller's certutil looks at it in the same line."""
    folder = run.temp.folder(name)
    path = f"{folder}\\server.cer"
    commands = {**run.temp.listing(), "begin": temp_folder.filled(folder, "server.cer")}
    if run.request.run_as != "system":
        commands |= {"verify": certutil.verify(path), **temp_folder.removed_at_once(folder)}
    try:
        answer = yield Ask(commands, stdin=pem.encode("ascii"), timeout=60.0 + CERTUTIL_TIMEOUT)
        if temp_folder.DONE not in answer["begin"].text:
            said = " ".join(answer["begin"].text.split())
            raise HostError(f"the certificate could not be copied to the host for certutil. Output: {said or 'none'}")
        if "verify" in answer.outcomes:
            return _verified(run, answer["verify"])
        return (yield from _certutil(run, path))
    except OutputTooLarge as error:
        run.unread["revocation.certutil"] = str(error)
        return certutil.parse_verify(b"")


def _certutil(run: _Run, path: str) -> Operation[certutil.Verification]:
    outcomes = yield from run.commands({"verify": certutil.verify(path)}, "d", CERTUTIL_TIMEOUT)
    return _verified(run, outcomes["verify"])


def _verified(run: _Run, outcome: Outcome) -> certutil.Verification:
    why = reason(outcome)
    if why:
        run.unread["revocation.certutil"] = why
    return certutil.parse_verify(b"" if why else outcome.output)


def _judged(request: ProbeRequest, answers: _Answers, stale: float | None) -> probes_verdict.Revocation:
    if not request.revocation:
        return probes_verdict.without("not_asked")
    curl = answers.curl
    if curl is None or not curl.schannel:
        return probes_verdict.without("no_curl" if curl is None else "no_schannel")
    return probes_verdict.revocation(answers.asked, answers.lenient, answers.crl, answers.verified, stale)


def _result(
    request: ProbeRequest, answers: _Answers, stale: float | None, judged: probes_verdict.Revocation
) -> dict[str, Any]:
    curl, asked, lenient, verified = answers.curl, answers.asked, answers.lenient, answers.verified
    return {
        "changed": False,
        "run_as": request.run_as,
        "curl": {"present": curl is not None, "version": curl.text if curl else "", "schannel": curl and curl.schannel},
        "endpoints": asked,
        "not_reached": [one.url for one in asked if one.reachable is False],
        "not_known": [one.url for one in asked if one.reachable is None],
        "inspected": [one.url for one in (*asked, *lenient) if one.inspected],
        "revocation": {
            **vars(judged),
            "without_checking": lenient,
            "lists": [{**vars(one), "delivered": probes_verdict.is_delivered(one)} for one in answers.crl],
            "certutil": {
                "asked": verified is not None,
                "verdict": verified.verdict if verified else "unknown",
                "errors": list(verified.errors) if verified else [],
            },
            "hours_since_last_look": stale,
        },
    }
