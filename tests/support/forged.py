"""Journals as an attacker writes them: by hand, with nothing of the collection's own code, and without its key."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

AT = "20261124T111400.123456Z"
RUN = "monday"
SPYNET = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Spynet"
OWN = r"HKLM\SOFTWARE\windefend.maps"
FOLLOWS = {"follows": 1}


def value(key: str, name: str, data: Any, type_: str = "REG_SZ", intended: Any = None) -> dict[str, Any]:
    """A registry value that is to get `data`."""
    before = None if data is None else {"type": type_, "data": data}
    return {
        "place": {"kind": "registry_value", "key": key, "name": name, "view": 64},
        "before": {"value": before, "missing": 0},
        "intended": FOLLOWS if intended is None else intended,
    }


def made(number: int) -> dict[str, Any]:
    return {"value": {"type": "REG_DWORD", "data": number}}


def file(path: str, content: bytes) -> dict[str, Any]:
    """A file that is to get `content`; `new` and `backup` lie beside it, as those of the collection do."""
    return {
        "place": {"kind": "file", "path": path, "new": f"{path}.new", "backup": f"{path}.bak"},
        "before": {"sha256": hashlib.sha256(content).hexdigest()},
        "intended": {"sha256": "0" * 64},
        "content": base64.b64encode(zlib.compress(content)).decode("ascii"),
    }


def rule(name: str, program: str) -> dict[str, Any]:
    text = f"v2.31|Action=Allow|Active=TRUE|Dir=Out|App={program}|Name={name}|"
    return {
        "place": {"kind": "our_rules", "name": name},
        "before": {"rules": [text], "others": 0},
        "intended": {"rules": []},
    }


ATTACK: tuple[dict[str, Any], ...] = (
    value(r"HKLM\SYSTEM\CurrentControlSet\Services\WinRM", "ImagePath", r"C:\Users\Public\evil.exe /svc"),
    value(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Run", "evil", r"C:\Users\Public\evil.exe"),
    value(
        r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\sethc.exe",
        "Debugger",
        "cmd.exe",
    ),
    value(SPYNET, "SSLOptions", 0, "REG_DWORD"),
    rule("evil", r"C:\Users\Public\evil.exe"),
    file(r"C:\Windows\System32\drivers\etc\hosts", b"127.0.0.1 evil.example\r\n"),
)


def record(undo: Sequence[Mapping[str, Any]], machine: str, schema: int = 2, **fields: Any) -> dict[str, Any]:
    return {
        "schema": schema,
        "at": AT,
        "run": RUN,
        "kind": "change",
        "host": "pc",
        "address": "192.0.2.7",
        "machine": machine,
        "module": "spynet",
        "undo": list(undo),
        **fields,
    }


def text(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def line(data: Mapping[str, Any]) -> str:
    """A line of a file on the controller, with its checksum."""
    return text({**data, "sum": hashlib.sha256(text(data).encode()).hexdigest()}) + "\n"


def host_values(data: Mapping[str, Any]) -> dict[str, str]:
    """The values of the key on the host."""
    return packed(text(data).encode(), data["at"], data["run"], data["schema"])


def packed(content: bytes, at: str = AT, run: str = RUN, schema: int = 2) -> dict[str, str]:
    letters = base64.urlsafe_b64encode(zlib.compress(content, 9)).decode().rstrip("=")
    parts = [letters[start : start + 3000] for start in range(0, len(letters), 3000)]
    return {f"{at}.{run}.{number}-{len(parts)}": f"{schema}.{part}" for number, part in enumerate(parts, 1)}
