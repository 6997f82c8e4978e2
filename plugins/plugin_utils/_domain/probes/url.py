"""The parts of a URL of plain characters, as probes ask them: no user names, no address in brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_PORTS = {"https": 443, "http": 80}
_URL = re.compile(r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>\d{1,5}))?(?P<path>/[^?#]*)?")


@dataclass(frozen=True)
class Address:
    """Scheme and host in lower case; the path without what follows a question mark."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str) -> Address:
        """The parts of a URL. Raises ValueError for anything else."""
        found = _URL.match(url)
        if found is None:
            raise ValueError(f"{url!a} is not an http or https URL")
        scheme = found["scheme"]
        port = int(found["port"]) if found["port"] else DEFAULT_PORTS[scheme]
        return cls(scheme, found["host"].lower(), port, found["path"] or "/")
