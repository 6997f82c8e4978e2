"""Whether WinHTTP discovers proxies on the network (WPAD): DisableWpad.

1 stops the detection for all calls through WinHTTP's interface, since Windows 10 1809 and Server 2019; proxies then
have to be set by hand (Microsoft, "How to disable HTTP proxy features", 2025-05-26: sure).
"""

from __future__ import annotations

from typing import Final

from ..._windows import registry, winhttp_settings
from ..operation import Fact, values

KEY: Final = winhttp_settings.KEY.rpartition("\\")[0] + r"\WinHttp"
DISABLE_WPAD: Final = "DisableWpad"
OBEYED_SINCE: Final = 17763
"""The build of Windows 10 1809 and Server 2019."""

WPAD_DISABLED: Final = Fact.of(
    "proxy.wpad", registry.query(KEY), lambda outcome: values.number(outcome, DISABLE_WPAD) == 1
)
"""Whether the value is 1; older Windows does not obey it."""
