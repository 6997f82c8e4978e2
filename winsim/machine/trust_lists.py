"""The lists of root certificates: where they come from, and whether CryptSvc can keep them.

Keys and values: Microsoft Learn, "Configure trusted roots and disallowed certificates" (sure). That a list of untrusted
certificates which CryptSvc cannot write makes revocation seem offline after a day: one published case (likely).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable

from . import neighbours
from .accounts import NETWORK_SERVICE_SID, Token
from .clean.registry import AUTH_ROOT_POLICY_KEY, AUTO_UPDATE_KEY, MICROSOFT_ROOT_KEY
from .files import FileError
from .model import Machine

ROOT_KEY = MICROSOFT_ROOT_KEY
DEFAULT_URL = "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en"
LIST_FILE = "authrootstl.cab"
ROOTS = 8
"""How many roots an edition holds here."""
STUCK_AFTER = dt.timedelta(days=1)
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def fetchable(machine: Machine, reaches: Callable[[str, int], bool]) -> bool:
    """Whether an unknown root would be fetched; `reaches(host, port)` says whether CryptSvc gets through."""
    if machine.registry.number(AUTH_ROOT_POLICY_KEY, "DisableRootAutoUpdate") == 1:
        return False
    url = machine.registry.text(AUTO_UPDATE_KEY, "RootDirUrl") or DEFAULT_URL
    if url.lower().startswith("file://"):
        folder = url[len("file://") :].rstrip("\\")
        if folder.startswith("\\\\"):
            if _shared(machine, folder):
                return True
            shares = [share.lower().rstrip("\\") for share in machine.network.trust_list_shares]
            return any((folder.lower() + "\\").startswith(share + "\\") for share in shares)
        return machine.files.is_file(f"{folder}\\{LIST_FILE}")
    address = re.match(r"http://([^/:]+)(?::(\d+))?(?:/|\Z)", url, re.IGNORECASE)
    if address is None or not reaches(address[1], int(address[2] or 80)):
        return False
    if neighbours.neighbour(machine, address[1]) is None:
        return True
    page = neighbours.get(machine, address[1], f"{url[address.end() :]}/{LIST_FILE}")
    return page is not None and page.status == 200


def _shared(machine: Machine, folder: str) -> bool:
    """Whether CryptSvc can read the list from a share of another machine."""
    token = Token("NT AUTHORITY\\NETWORK SERVICE", NETWORK_SERVICE_SID, (), elevated=False)
    try:
        return bool(neighbours.read_unc(machine, f"{folder}\\{LIST_FILE}", token))
    except FileError:
        return False


def published(edition: int) -> dict[str, bytes]:
    """The files of an edition by name: what `certutil -syncWithWU` brings (Microsoft Learn: sure; pinrulesstl.cab:
    published scripts, likely). Real ones hold some 400 certificates."""
    files = {
        name: b"MSCF" + f" winsim: {name} of edition {edition}".encode("ascii")
        for name in (LIST_FILE, "disallowedcertstl.cab", "pinrulesstl.cab")
    }
    files["disallowedcert.sst"] = f"winsim: disallowedcert.sst of edition {edition}".encode("ascii")
    for number in range(edition, edition + ROOTS):
        content = f"winsim: root {number}".encode("ascii")
        files[f"{hashlib.sha1(content, usedforsecurity=False).hexdigest()}.crt"] = content
    return files


def stuck(machine: Machine) -> bool:
    """Whether CryptSvc may not write the lists and that of untrusted certificates has become old."""
    writers = machine.registry.writers(AUTO_UPDATE_KEY)
    if writers is None or NETWORK_SERVICE_SID in writers:
        return False
    stamp = machine.registry.data(AUTO_UPDATE_KEY, "DisallowedCertLastSyncTime")
    if not isinstance(stamp, bytes) or len(stamp) != 8:
        return True
    synchronized = _EPOCH + dt.timedelta(microseconds=int.from_bytes(stamp, "little") // 10)
    return machine.now() - synchronized > STUCK_AFTER
