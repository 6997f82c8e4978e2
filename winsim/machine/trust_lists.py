"""The lists of root certificates: where they come from, and whether CryptSvc can keep them.

Keys and values: Microsoft Learn, "Configure trusted roots and disallowed certificates" (sure). That a list of untrusted
certificates which CryptSvc cannot write makes revocation seem offline after a day: one published case (likely).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from .accounts import NETWORK_SERVICE_SID
from .clean.registry import AUTH_ROOT_POLICY_KEY, AUTO_UPDATE_KEY, MICROSOFT_ROOT_KEY
from .model import Machine

ROOT_KEY = MICROSOFT_ROOT_KEY
DEFAULT_URL = "http://ctldl.windowsupdate.com/msdownload/update/v3/static/trustedr/en"
LIST_FILE = "authrootstl.cab"
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
            shares = [share.lower().rstrip("\\") for share in machine.network.trust_list_shares]
            return any((folder.lower() + "\\").startswith(share + "\\") for share in shares)
        return machine.files.is_file(f"{folder}\\{LIST_FILE}")
    address = re.match(r"http://([^/:]+)(?::(\d+))?(?:/|\Z)", url, re.IGNORECASE)
    return address is not None and reaches(address[1], int(address[2] or 80))


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
