"""Application control: which programs and script files may not start, and for whom.

AppLocker concerns code in a user's context; processes that are no user's, SYSTEM's among them, only where its services
enforcement is on, which exists for the collections EXE and DLL (Microsoft Learn, AppLocker rule collection extensions:
sure). Its script rules are for .ps1, .bat, .cmd, .vbs and .js files, and the script's host enforces them (Microsoft
Learn, script rules in AppLocker: sure). A line behind `cmd /c` is no file, so no rule is for it (follows).
"""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, field

from .accounts import LOCAL_SERVICE_SID, NETWORK_SERVICE_SID, SYSTEM_SID

SCRIPTS = (".ps1", ".bat", ".cmd", ".vbs", ".js")
SERVICE_ACCOUNTS = (SYSTEM_SID, LOCAL_SERVICE_SID, NETWORK_SERVICE_SID)


@dataclass
class ApplicationControl:
    """What is refused."""

    refused: list[str] = field(default_factory=list)
    """Patterns of full paths or of file names, `*` anywhere, in any case."""
    services_enforced: bool = False
    """Whether programs of SYSTEM and of the other service accounts are refused too; their scripts never are."""

    def refuses(self, path: str, sid: str) -> bool:
        """Whether a file may not start for an account."""
        path = path.lower()
        if sid in SERVICE_ACCOUNTS and (not self.services_enforced or path.endswith(SCRIPTS)):
            return False
        names = (path, path.rpartition("\\")[2])
        return any(fnmatch.fnmatchcase(name, pattern.lower()) for name in names for pattern in self.refused)
