"""`netsh winhttp set advproxy`, `show advproxy`: Internet settings of the machine or of the caller, as JSON.

Names and options: Microsoft, Netsh.exe commands (sure). A capture of Server 2022 (build 20348) shows the command there,
with a JSON that holds only what is set, indented by tabs; later builds say more (`ProxyIsEnabled`,
`AutoConfigIsEnabled`, `PerUserProxySettings`) and indent by two blanks (likely). Where the line lies between the
two, and that no build before 20348 has the command, is a guess.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...machine import proxy_stores
from ...machine.files import FileError, FileSystem
from ...machine.internet_settings import InternetSettings
from ..process import Process
from .words import BadArgument, pairs, write_failed

FIRST_BUILD = 20348
FULL_JSON_BUILD = 22621


def show(process: Process, words: Sequence[str]) -> int:
    """Without a scope, the machine's settings where any are set or where they stand for all accounts, else the
    caller's (guess; `setting-scope=` with `show`: one published program uses it)."""
    scope = _scope(pairs(words, ("setting-scope",)).get("setting-scope", ""))
    machine = process.machine
    settings = proxy_stores.read_advanced(machine)
    if scope == "user" or (not scope and settings.is_empty and proxy_stores.settings_are_per_user(machine)):
        settings = proxy_stores.read_account(machine, process.token.sid)
    _print(process, settings)
    return 0


def set_(process: Process, words: Sequence[str]) -> int:
    """Replaces all settings of a scope. A key that the JSON lacks counts as empty: Microsoft's page asks for all four,
    Microsoft's own scripts leave some out (likely)."""
    options = pairs(words, ("setting-scope", "settings", "settings-file"))
    scope = _scope(options.get("setting-scope", ""))
    if not scope or ("settings" in options) == ("settings-file" in options):
        raise BadArgument("missing")
    text = options["settings"] if "settings" in options else _file(process, options["settings-file"])
    if scope == "machine" and not process.token.elevated:
        return write_failed(process, 5)
    settings = _settings(text) if text is not None else None
    if settings is None:
        return write_failed(process, 2 if text is None else 87)
    if scope == "machine":
        proxy_stores.write_advanced(process.machine, settings)
        stored = proxy_stores.read_advanced(process.machine)
    else:
        proxy_stores.write_account(process.machine, process.token.sid, settings)
        stored = proxy_stores.read_account(process.machine, process.token.sid)
    _print(process, stored)
    return 0


def _scope(text: str) -> str:
    if text.lower() not in ("", "machine", "user"):
        raise BadArgument("bad_argument", word=text)
    return text.lower()


def _file(process: Process, path: str) -> str | None:
    """The text of a settings file; None: it cannot be read."""
    try:
        data = process.machine.files.read(FileSystem.normal(path, process.directory))
    except FileError:
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _settings(text: str) -> InternetSettings | None:
    """The settings in a JSON text; None: netsh would refuse it. Blanks in the proxy go (Microsoft's own example)."""
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    given = {str(key).lower(): value for key, value in data.items()}
    texts = [given.get(key, "") for key in ("proxy", "proxybypass", "autoconfigurl")]
    detect = given.get("autodetect", False)
    if not isinstance(detect, bool) or not all(isinstance(text, str) for text in texts):
        return None
    proxy = "".join(texts[0].split())
    return InternetSettings(proxy, texts[1].strip(), bool(proxy), texts[2].strip(), detect)


def _print(process: Process, settings: InternetSettings) -> None:
    full = process.machine.os.build >= FULL_JSON_BUILD
    document: dict[str, str | bool] = {}
    if full:
        document["ProxyIsEnabled"] = settings.proxy_enabled
    if settings.proxy and (full or settings.proxy_enabled):
        document["Proxy"] = settings.proxy
    if settings.bypass:
        document["ProxyBypass"] = settings.bypass
    if full:
        document["AutoConfigIsEnabled"] = bool(settings.script)
    if settings.script or (full and (settings.autoconfig_url or settings.url_is_kept_empty)):
        # One capture shows " " where no script is set any more; when it does is a guess.
        document["AutoconfigUrl"] = settings.autoconfig_url or " "
    if full or settings.auto_detect:
        document["AutoDetect"] = settings.auto_detect
    if full:
        document["PerUserProxySettings"] = proxy_stores.settings_are_per_user(process.machine)
    indent, colon = ("  ", ": ") if full else ("\t", ":\t")
    lines = [f"{indent}{json.dumps(key)}{colon}{json.dumps(value)}" for key, value in document.items()]
    body = "\n".join(("{", *([",\n".join(lines)] if lines else []), "}"))
    process.write(process.message("netsh.advproxy", json=body))
