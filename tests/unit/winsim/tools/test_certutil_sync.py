"""winsim's certutil -syncWithWU: what it brings, and how it fails."""

from __future__ import annotations

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine import proxy_stores, trust_lists
from ansible_collections.windefend.maps.winsim.machine.accounts import SYSTEM
from ansible_collections.windefend.maps.winsim.machine.builder import LOCALES, build
from ansible_collections.windefend.maps.winsim.machine.network import Barrier, Proxy
from ansible_collections.windefend.maps.winsim.tools import certutil

FOLDER = r"C:\ctl"
CTLDL = "ctldl.windowsupdate.com:80"
DONE = "CertUtil: -syncWithWU command completed successfully.\r\n"


@pytest.fixture
def prompt() -> Prompt:
    prompt = Prompt(certutil.run, build("SRV", seed=1), SYSTEM)
    prompt.machine.files.make_directory(FOLDER)
    return prompt


def there(prompt: Prompt) -> dict[str, bytes | None]:
    return {node.path.rpartition("\\")[2]: node.content for node in prompt.machine.files.children(FOLDER)}


def test_the_files_of_microsofts_page(prompt: Prompt) -> None:
    assert prompt.run(f"-syncWithWU {FOLDER}") == (0, DONE)
    found = there(prompt)
    assert found == trust_lists.published(1)
    assert {"authrootstl.cab", "disallowedcertstl.cab", "disallowedcert.sst"} <= set(found)
    assert len([name for name in found if name.endswith(".crt") and len(name) == 44]) == trust_lists.ROOTS


def test_what_is_there_is_refused_without_f_and_dropped_with_two(prompt: Prompt) -> None:
    prompt.run(f"-syncWithWU {FOLDER}")
    code, text = prompt.run(f"-syncwithwu {FOLDER}")
    assert code == -2147024713
    assert "FAILED: 0x800700b7 (WIN32/HTTP: 183 ERROR_ALREADY_EXISTS)" in text
    prompt.machine.network.trust_list_edition = 2
    old = set(trust_lists.published(1)) - set(trust_lists.published(2))
    code, text = prompt.run(f"-f -syncWithWU {FOLDER}")
    assert code == 0
    assert "no longer trusted roots" in text
    assert all(rf"{FOLDER}\{name}" in text for name in old)
    assert set(there(prompt)) == set(trust_lists.published(2)) | old
    assert prompt.run(f"-syncWithWU -f -f {FOLDER}") == (0, DONE)
    assert there(prompt) == trust_lists.published(2)


@pytest.mark.parametrize(
    ("barrier", "code", "text"),
    [
        (Barrier.REFUSE, -2147012867, "0x80072efd (INet: 12029 ERROR_INTERNET_CANNOT_CONNECT)"),
        (Barrier.DROP, -2147012894, "0x80072ee2 (INet: 12002 ERROR_INTERNET_TIMEOUT)"),
        (Barrier.CUT, -2147012866, "0x80072efe (INet: 12030 ERROR_INTERNET_CONNECTION_ABORTED)"),
        (Barrier.PAGE, -2147024883, "0x8007000d (WIN32: 13 ERROR_INVALID_DATA)"),
    ],
)
def test_what_the_perimeter_does(prompt: Prompt, barrier: Barrier, code: int, text: str) -> None:
    prompt.machine.network.direct.blocked[CTLDL] = barrier
    actual, output = prompt.run(f"-syncWithWU {FOLDER}")
    assert actual == code
    lines = output.splitlines()
    assert lines[0].endswith(f"{text} -- authrootstl.cab")
    assert lines[1] == f"CertUtil: -syncWithWU command FAILED: {text}"
    assert lines[2].startswith("CertUtil: ")
    assert there(prompt) == {}
    assert prompt.unknown == []


def test_names_proxies_and_passwords(prompt: Prompt) -> None:
    network = prompt.machine.network
    network.resolves_external_names = False
    assert prompt.run(f"-syncWithWU {FOLDER}")[0] == -2147012889
    proxy_stores.write_winhttp(prompt.machine, "proxy.corp.example:3128")
    assert prompt.run(f"-syncWithWU {FOLDER}")[0] == -2147012867, "the proxy does not answer"
    network.proxies["proxy.corp.example:3128"] = Proxy(requires_password=True)
    assert prompt.run(f"-syncWithWU {FOLDER}")[0] == -2145844841
    network.proxies["proxy.corp.example:3128"] = Proxy()
    assert prompt.run(f"-syncWithWU {FOLDER}") == (0, DONE)


def test_folders_that_cannot_be_written_to(prompt: Prompt) -> None:
    code, text = prompt.run(r"-syncWithWU C:\none")
    assert code == -2147024894
    assert "0x80070002 (WIN32: 2 ERROR_FILE_NOT_FOUND)" in text
    prompt.machine.files.make_directory(r"C:\Windows\ctl")
    prompt.token = USER
    assert prompt.run(r"-syncWithWU C:\Windows\ctl")[0] == -2147024891
    assert prompt.unknown == []
    assert prompt.run(r"-syncWithWU \\srv\ctl")[0] == -2147024829
    assert len(prompt.unknown) == 1, "ours never does so"


def test_japanese() -> None:
    prompt = Prompt(certutil.run, build("SRV", locale=LOCALES["ja"]), SYSTEM)
    prompt.machine.files.make_directory(FOLDER)
    assert prompt.run(f"-syncWithWU {FOLDER}")[1] == "CertUtil: -syncWithWU コマンドは正常に完了しました。\r\n"
