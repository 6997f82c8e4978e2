"""Who answered where a WinRM service was expected, in words: for messages, from an answer's head and its beginning.

Several things listen on Windows' ports or stand before them: HTTP.sys without the service, other web servers, proxies,
pages of a logon. What they call themselves is the quickest way to them.
"""

from __future__ import annotations

import re

from .http_answer import Answer

LOOKED_AT = 2048
"""Bytes of a body that are looked at: a title stands at its beginning."""
MAX_WORDS = 80
"""Characters of a name or a title that a message quotes."""
WINDOWS = "microsoft-httpapi"
"""How HTTP.sys calls itself, for WinRM too (published answers): it says nothing of who answered behind it."""
SCHEMES = ("Negotiate", "Kerberos", "NTLM", "Basic", "CredSSP", "Digest", "Bearer")

_BRACKETS = {ord("("): "[", ord(")"): "]"}
"""So that it can stand in round ones, and be taken out again."""
_PUT_IN = re.compile(r" \(HTTP [0-9]{3}[^()]{0,2000}\)")
_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]{0,2000}>")


def is_wsman(answer: Answer) -> bool:
    """Whether a WinRM service may have sent it: a success with what carries its messages, sealed or not."""
    kind = answer.get("content-type").lower()
    return answer.status == 200 and ("soap+xml" in kind or "session-encrypted" in kind)


def who_answered(answer: Answer | None) -> str:
    """Who answered: status, kind of content, server, title, and which ways to log on are offered; empty for None."""
    if answer is None:
        return ""
    kind, server = answer.get("content-type").partition(";")[0].strip().lower(), answer.get("server")
    parts = [f"HTTP {answer.status}"]
    if kind and "soap+xml" not in kind:
        parts.append(kind[:MAX_WORDS])
    if server and (answer.status == 503 or not server.lower().startswith(WINDOWS)):
        parts.append(f"server {server[:MAX_WORDS]!r}")
    if title := _title(kind, answer.body):
        parts.append(f"it says {title!r}")
    if offers := _offers(answer):
        parts.append(f"it offers {', '.join(offers)}")
    return ", ".join(parts).translate(_BRACKETS)


def without(message: str) -> str:
    """A message without what `who_answered` has put into it: the words of a page are no words of a client library."""
    return _PUT_IN.sub("", message)


def _title(kind: str, body: bytes) -> str:
    if not body or kind not in ("", "text/html", "text/plain", "application/xhtml+xml", "application/json"):
        return ""
    text = body[:LOOKED_AT].decode("utf-8", "replace")
    found = _TITLE.search(text)
    return " ".join((found[1] if found else _TAGS.sub(" ", text)).split())[:MAX_WORDS]


def _offers(answer: Answer) -> list[str]:
    """The ways to log on that an answer names, in its order."""
    names = {scheme.lower(): scheme for scheme in SCHEMES}
    fields = ",".join(answer.all("www-authenticate"))[:LOOKED_AT].split(",")
    first = [one.split(maxsplit=1)[0].lower() for one in fields if one.strip()]
    return list(dict.fromkeys(names[one] for one in first if one in names))
