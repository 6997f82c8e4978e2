"""`netsh winhttp`: the machine's WinHTTP proxy (Microsoft, Netsh.exe commands: sure for names and options).

A proxy is stored as it was typed: nothing checks for a scheme, a port or a name (likely: published captures show
`http://` and names without a port stored and printed). What is not ASCII is refused with 87, as by
WinHttpSetDefaultProxyConfiguration (Wine's winhttp tests, which run on Windows: likely; that netsh calls it: a guess).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...machine import proxy_stores
from ..process import Process
from . import advproxy
from .words import BadArgument, not_found, pairs, pick, refuse, write_failed

Command = Callable[[Process, Sequence[str]], int]


def run(process: Process, words: Sequence[str]) -> int:
    """Runs `netsh winhttp WORDS`; returns the exit code."""
    verb = pick(words[0], ("dump", "import", "reset", "set", "show")) if words else None
    if verb == "dump":
        return _dump(process)
    objects = {object_: command for (of, object_), command in COMMANDS.items() if of == verb}
    if process.machine.os.build < advproxy.FIRST_BUILD:
        objects.pop("advproxy", None)
    object_ = pick(words[1], objects) if len(words) > 1 else None
    if object_ is None:
        known_elsewhere = len(words) > 1 and words[1].lower() == "advproxy"
        if not known_elsewhere:
            process.unknown("netsh winhttp " + " ".join(words))
        return not_found(process, ("winhttp", *words))
    try:
        return objects[object_](process, words[2:])
    except BadArgument as refusal:
        return refuse(process, refusal)


def _show_proxy(process: Process, words: Sequence[str]) -> int:
    pairs(words, ())
    settings = proxy_stores.read_winhttp(process.machine)
    text = "direct" if not settings.uses_proxy else "proxy" if settings.bypass else "proxy_everywhere"
    process.write(process.message(f"netsh.{text}", proxy=settings.proxy, bypass=settings.bypass))
    return 0


def _set_proxy(process: Process, words: Sequence[str]) -> int:
    options = pairs(words, ("proxy-server", "bypass-list"))
    if not options.get("proxy-server"):
        raise BadArgument("missing")
    return _store(process, options["proxy-server"], options.get("bypass-list", ""))


def _reset_proxy(process: Process, words: Sequence[str]) -> int:
    pairs(words, ())
    return _store(process, "", "")


def _import_proxy(process: Process, words: Sequence[str]) -> int:
    """Takes the calling user's proxy by name, never a script; where there is none, direct access (sure: KB 4494447;
    likely: capture)."""
    source = pairs(words, ("source",)).get("source")
    if source is None:
        raise BadArgument("missing")
    if source.lower() != "ie":
        raise BadArgument("bad_argument", word=source)
    settings = proxy_stores.read_account(process.machine, process.token.sid)
    return _store(process, settings.proxy if settings.proxy_enabled else "", settings.bypass)


def _store(process: Process, proxy: str, bypass: str) -> int:
    if not process.token.elevated:
        return write_failed(process, 5)
    if not (proxy + bypass).isascii():
        return write_failed(process, 87)
    proxy_stores.write_winhttp(process.machine, proxy, bypass)
    return _show_proxy(process, ())


def _reset_autoproxy(process: Process, words: Sequence[str]) -> int:
    """Clears what auto-detection remembers (Microsoft: sure), of which nothing is kept here; silent (guess)."""
    pairs(words, ())
    return 0 if process.token.elevated else write_failed(process, 5)


def _dump(process: Process) -> int:
    """The script that makes the settings anew (recalled)."""
    settings = proxy_stores.read_winhttp(process.machine)
    line = "reset proxy"
    if settings.uses_proxy:
        line = f'set proxy proxy-server="{settings.proxy}" bypass-list="{settings.bypass}"'
    process.write(process.message("netsh.dump", line=line))
    return 0


COMMANDS: dict[tuple[str, str], Command] = {
    ("show", "proxy"): _show_proxy,
    ("set", "proxy"): _set_proxy,
    ("reset", "proxy"): _reset_proxy,
    ("import", "proxy"): _import_proxy,
    ("reset", "autoproxy"): _reset_autoproxy,
    ("show", "advproxy"): advproxy.show,
    ("set", "advproxy"): advproxy.set_,
}
"""There is no `reset advproxy`: it is cleared by setting empty values (Microsoft's pages name none: likely)."""
