"""winsim's sc: blocks, exit codes, who may do what."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.machine.registry import ValueType
from ansible_collections.windefend.maps.winsim.machine.services import SERVICES_KEY, Service, Start, State
from ansible_collections.windefend.maps.winsim.tools import sc


def install(machine: Machine) -> Machine:
    services = machine.services
    services.install(
        Service("Spooler", State.RUNNING, type=0x110), r"C:\Windows\System32\spoolsv.exe", Start.AUTO, "LocalSystem",
        "Print Spooler",
    )  # fmt: skip
    services.install(
        Service("WinDefend", State.RUNNING, stoppable=False, reconfigurable=False, type=0x10),
        r'"C:\x\MsMpEng.exe"', Start.AUTO, "LocalSystem", "Microsoft Defender Antivirus Service",
    )  # fmt: skip
    services.install(
        Service("wuauserv", State.STOPPED), r"C:\WINDOWS\system32\svchost.exe -k netsvcs -p", Start.DEMAND,
        "LocalSystem", "Windows Update",
    )  # fmt: skip
    machine.registry.set(f"{SERVICES_KEY}\\wuauserv", "DependOnService", ValueType.MULTI_SZ, ("rpcss", "Nsi"))
    services.install(Service("Stubborn", State.RUNNING, stoppable=False), "x", Start.DEMAND, "LocalSystem", "Stubborn")
    return machine


@pytest.fixture
def prompt() -> Prompt:
    return Prompt(sc.run, install(Machine("HOST")))


def test_query_of_a_running_service(prompt: Prompt) -> None:
    assert prompt.run("query spooler") == (
        0,
        "\r\nSERVICE_NAME: spooler\r\n"
        "        TYPE               : 110  WIN32_OWN_PROCESS  (interactive)  \r\n"
        "        STATE              : 4  RUNNING \r\n"
        "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)\r\n"
        "        WIN32_EXIT_CODE    : 0  (0x0)\r\n"
        "        SERVICE_EXIT_CODE  : 0  (0x0)\r\n"
        "        CHECKPOINT         : 0x0\r\n"
        "        WAIT_HINT          : 0x0\r\n",
    )


def test_a_stopped_service_has_no_line_in_parentheses(prompt: Prompt) -> None:
    text = prompt.run("query wuauserv")[1]
    assert "STATE              : 1  STOPPED \r\n        WIN32_EXIT_CODE    : 1077  (0x435)\r\n" in text
    assert "(NOT_STOPPABLE" not in text


def test_queryex_adds_pid_and_flags(prompt: Prompt) -> None:
    text = prompt.run("queryex Spooler")[1]
    assert text.endswith("        FLAGS              : \r\n")
    assert "        PID                : " in text
    assert "PID                : 0\r\n" not in text
    assert "PID                : 0\r\n" in prompt.run("queryex wuauserv")[1]


def test_query_without_a_name_lists_what_runs(prompt: Prompt) -> None:
    text = prompt.run("query")[1]
    assert "SERVICE_NAME: Spooler\r\nDISPLAY_NAME: Print Spooler\r\n" in text
    assert "wuauserv" not in text
    assert "wuauserv" in prompt.run("query state= all")[1]
    assert "Spooler" not in prompt.run("query state= inactive")[1]


def test_qc(prompt: Prompt) -> None:
    assert prompt.run("qc wuauserv") == (
        0,
        "[SC] QueryServiceConfig SUCCESS\r\n\r\nSERVICE_NAME: wuauserv\r\n"
        "        TYPE               : 20  WIN32_SHARE_PROCESS \r\n"
        "        START_TYPE         : 3   DEMAND_START\r\n"
        "        ERROR_CONTROL      : 1   NORMAL\r\n"
        "        BINARY_PATH_NAME   : C:\\WINDOWS\\system32\\svchost.exe -k netsvcs -p \r\n"
        "        LOAD_ORDER_GROUP   : \r\n"
        "        TAG                : 0\r\n"
        "        DISPLAY_NAME       : Windows Update\r\n"
        "        DEPENDENCIES       : rpcss\r\n"
        "                           : Nsi\r\n"
        "        SERVICE_START_NAME : LocalSystem\r\n",
    )


@pytest.mark.parametrize(
    ("command", "head", "code"),
    [
        ("query nosuch", "EnumQueryServicesStatus:OpenService", 1060),
        ("qc nosuch", "OpenService", 1060),
        ("stop nosuch", "OpenService", 1060),
        ("start nosuch", "StartService: OpenService", 1060),
        ("start spooler", "StartService", 1056),
        ("stop wuauserv", "ControlService", 1062),
        ("stop WinDefend", "OpenService", 5),
        ("config WinDefend start= auto", "OpenService", 5),
    ],
)
def test_failures_trap_34(prompt: Prompt, command: str, head: str, code: int) -> None:
    actual, text = prompt.run(command)
    assert actual == code
    assert text.startswith(f"[SC] {head} FAILED {code}:\r\n\r\n")
    assert text.endswith(".\r\n\r\n")
    assert prompt.error == ""


def test_stop_and_start_change_the_state(prompt: Prompt) -> None:
    code, text = prompt.run("stop Spooler")
    assert (code, prompt.machine.services.running["spooler"].state) == (0, State.STOPPED)
    assert "STATE              : 3  STOP_PENDING \r\n" in text
    code, text = prompt.run("start Spooler")
    assert (code, prompt.machine.services.running["spooler"].state) == (0, State.RUNNING)
    assert "STATE              : 2  START_PENDING \r\n" in text
    assert "FLAGS              : " in text, "start prints the shape of queryex"


def test_a_service_that_ignores_stop_prints_state_4_and_no_error_trap_17(prompt: Prompt) -> None:
    code, text = prompt.run("stop Stubborn")
    assert code == 0
    assert "STATE              : 4  RUNNING" in text
    assert prompt.machine.services.is_running("Stubborn")


def test_config_writes_the_registry_and_a_disabled_service_does_not_start(prompt: Prompt) -> None:
    assert prompt.run("config wuauserv start= disabled") == (0, "[SC] ChangeServiceConfig SUCCESS\r\n")
    assert prompt.machine.services.start_type("wuauserv") == Start.DISABLED
    assert prompt.run("start wuauserv")[0] == 1058
    assert prompt.run("config wuauserv start= delayed-auto")[0] == 0
    assert "START_TYPE         : 2   AUTO_START  (DELAYED)\r\n" in prompt.run("qc wuauserv")[1]
    assert prompt.run("config wuauserv start= auto")[0] == 0
    assert "AUTO_START\r\n" in prompt.run("qc wuauserv")[1]


@pytest.mark.parametrize(
    "command", ["config wuauserv start=auto", "config wuauserv start= sometimes", "config wuauserv"]
)
def test_wrong_config_lines_print_the_usage(prompt: Prompt, command: str) -> None:
    code, text = prompt.run(command)
    assert (code, text[:12]) == (1639, "DESCRIPTION:")
    assert prompt.machine.services.start_type("wuauserv") == Start.DEMAND


@pytest.mark.parametrize("command", ["delete wuauserv", "config wuauserv obj= x", "query type= driver", "sdshow x"])
def test_what_is_not_simulated_is_noted(prompt: Prompt, command: str) -> None:
    assert prompt.run(command)[0] == 1639
    assert len(prompt.unknown) == 1


@pytest.mark.parametrize(
    "command", ["query spooler", "query", "qc spooler", "start wuauserv", "stop spooler", "config spooler start= auto"]
)
def test_an_account_that_is_not_elevated_is_refused(command: str) -> None:
    prompt = Prompt(sc.run, install(Machine("HOST")), USER)
    code, text = prompt.run(command)
    assert code == 5
    assert "FAILED 5:\r\n\r\nAccess is denied.\r\n" in text
    assert prompt.machine.services.is_running("spooler")


def test_japanese_translates_the_message_alone() -> None:
    prompt = Prompt(sc.run, Machine("HOST", locale=Locale("ja", 932, 932)), code_page=932)
    assert prompt.run("query x") == (
        1060,
        "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\n"
        "指定されたサービスはインストールされたサービスとして存在しません。\r\n\r\n",
    )
