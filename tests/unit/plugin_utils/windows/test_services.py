"""The state of a service, in any language."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.plugins.plugin_utils._windows import services
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.cmdline import CannotCarry
from ansible_collections.windefend.maps.plugins.plugin_utils._windows.services import ServiceState, parse_state

TAIL = "        WIN32_EXIT_CODE    : 0  (0x0)\r\n        CHECKPOINT         : 0x3\r\n"
FLAGS = "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (
            "\r\nSERVICE_NAME: windefend \r\n        TYPE               : 10  WIN32_OWN_PROCESS  \r\n"
            "        STATE              : 4  RUNNING \r\n" + FLAGS + TAIL,
            ServiceState(0x10, services.RUNNING),
        ),
        (
            "\r\nSERVICE_NAME: Spooler\r\n        TYPE               : 110  WIN32_OWN_PROCESS  (interactive)\r\n"
            "        STATE              : 1  STOPPED\r\n" + TAIL,
            ServiceState(0x110, services.STOPPED),
        ),
        (
            "\r\nИмя_службы: WinDefend\r\n        Тип                : 10  WIN32_OWN_PROCESS\r\n"
            "        Состояние          : 3  STOP_PENDING\r\n" + FLAGS + TAIL,
            ServiceState(0x10, services.STOP_PENDING),
        ),
        (
            "NOMBRE_SERVICIO: mysql\r\n        TIPO               : 20  WIN32_SHARE_PROCESS\r\n"
            "        ESTADO_DEL_SERVICIO_LARGO: 4  RUNNING\r\n",
            ServiceState(0x20, services.RUNNING),
        ),
        # The name of a service may look like a number.
        (
            "SERVICE_NAME: 4\r\n        TYPE               : 1  KERNEL_DRIVER\r\n        STATE : 7  PAUSED\r\n",
            ServiceState(1, services.PAUSED),
        ),
        ("\r\n        TYPE : 30  WIN32\r\n        STATE : 2\r\n", ServiceState(0x30, services.START_PENDING)),
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "cp866", "utf-16-le"])
def test_numbers_by_their_place(text: str, state: ServiceState, codec: str) -> None:
    assert parse_state(text.encode(codec)) == state


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\nThe specified service does not exist.\r\n",
        "[SC] OpenService: ошибка: 1060:\r\n\r\n",
        "[SC] EnumQueryServicesStatus:OpenService 失败 1060:\r\n\r\n指定的服务未安装。\r\n",
        "        TYPE               : 10  WIN32_OWN_PROCESS\r\n",
        "        TYPE               : 10  X\r\n        STATE              : 0xA  X\r\n",
    ],
)
def test_an_error_holds_no_state(text: str) -> None:
    assert parse_state(text.encode()) is None


def test_the_command() -> None:
    assert services.query("WinDefend").text == "sc query WinDefend"


@pytest.mark.parametrize("name", ["", "\\\\server", "a/b"])
def test_no_other_machine_is_asked(name: str) -> None:
    with pytest.raises(CannotCarry):
        services.query(name)
