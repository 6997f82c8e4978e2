"""winsim's schtasks: tasks from XML and from switches, what is refused, what is printed."""

from __future__ import annotations

import datetime as dt

import pytest
from ansible_collections.windefend.maps.tests.unit.winsim.tools.prompt import USER, Prompt
from ansible_collections.windefend.maps.winsim.machine.locale import Locale
from ansible_collections.windefend.maps.winsim.machine.model import Machine
from ansible_collections.windefend.maps.winsim.tools import scheduler, schtasks

NOW = dt.datetime(2026, 10, 1, 12, 0, 0, tzinfo=dt.UTC)
FILE = "C:\\Windows\\Temp\\task one.xml"
NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
STORED = "C:\\Windows\\System32\\Tasks\\maps-1"
MISSING = "ERROR: The system cannot find the file specified.\r\n"
DENIED = "ERROR: Access is denied.\r\n"


def document(
    declaration: str = '<?xml version="1.0" encoding="UTF-16"?>\n',
    root: str = f'<Task version="1.2" xmlns="{NAMESPACE}">',
    principal: str = "<UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel>",
    settings: str = "<AllowStartOnDemand>true</AllowStartOnDemand><ExecutionTimeLimit>PT5M</ExecutionTimeLimit>",
    actions: str = "<Exec><Command>C:\\Windows\\System32\\cmd.exe</Command>"
    "<Arguments>/d /c &quot;ver &gt; C:\\x&quot;</Arguments></Exec>",
    more: str = "",
) -> str:
    return (
        f'{declaration}{root}<Triggers /><Principals><Principal id="Author">{principal}</Principal></Principals>'
        f"<Settings>{settings}</Settings>{more}<Actions>{actions}</Actions></Task>"
    )


def utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


@pytest.fixture
def prompt() -> Prompt:
    machine = Machine("HOST")
    machine.true_time = lambda: NOW
    machine.files.make_directory("C:\\Windows\\Temp")
    machine.files.write(FILE, utf16(document()))
    return Prompt(schtasks.run, machine)


def create(prompt: Prompt, content: bytes, options: str = "/f") -> int:
    prompt.machine.files.write(FILE, content)
    return prompt.run(f'/create /tn maps-1 /xml "{FILE}" {options}')[0]


def test_the_life_of_a_one_shot_task(prompt: Prompt) -> None:
    machine = prompt.machine
    assert prompt.run(f'/Create /TN maps-1 /XML "{FILE}"') == (
        0,
        'SUCCESS: The scheduled task "maps-1" has successfully been created.\r\n',
    )
    task = machine.tasks["\\maps-1"]
    assert (task.program, task.arguments, task.account, task.due) == (
        "C:\\Windows\\System32\\cmd.exe",
        '/d /c "ver > C:\\x"',
        "S-1-5-18",
        None,
    )
    assert machine.files.is_file(STORED)
    assert prompt.run("/run /tn maps-1") == (0, 'SUCCESS: Attempted to run the scheduled task "maps-1".\r\n')
    assert task.due == NOW + dt.timedelta(seconds=0.2)
    assert prompt.run("/end /tn maps-1")[0] == 0
    assert task.due is None
    assert prompt.run("/delete /tn \\MAPS-1 /f") == (
        0,
        'SUCCESS: The scheduled task "\\MAPS-1" was successfully deleted.\r\n',
    )
    assert machine.tasks == {}
    assert not machine.files.is_file(STORED)
    for operation in ("/run /tn maps-1", "/end /tn maps-1", "/delete /tn maps-1 /f", "/query /tn maps-1"):
        assert prompt.run(operation) == (1, "")
        assert prompt.error == MISSING
    assert prompt.unknown == []


def test_the_stored_xml_reads_back_as_the_same_task(prompt: Prompt) -> None:
    prompt.run(f'/create /tn maps-1 /xml "{FILE}"')
    code, text = prompt.run("/query /xml /tn maps-1")
    assert code == 0
    assert text.startswith('<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" xmlns="')
    stored = prompt.machine.files.read(STORED)
    assert stored.startswith(b"\xff\xfe<\0?\0")
    before = prompt.machine.tasks["\\maps-1"]
    assert create(prompt, stored) == 0
    after = prompt.machine.tasks["\\maps-1"]
    assert (after.program, after.arguments, after.account, after.xml) == (
        before.program,
        before.arguments,
        before.account,
        before.xml,
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (document().encode(), "(1,40)::ERROR: unable to switch the encoding"),
        (utf16(document('<?xml version="1.0" encoding="UTF-8"?>')), "(1,39)::ERROR: unable to switch the encoding"),
        (b"\xef\xbb\xbf" + document().encode(), "(1,2)::ERROR: incorrect document syntax"),
        (b"\xfe\xff" + document().encode("utf-16-be"), "(1,2)::ERROR: incorrect document syntax"),
        (b"\x00\xff", "(1,2)::ERROR: incorrect document syntax"),
        (utf16(document()).replace(b"/\0T\0a\0s\0k\0", b"/\0T\0a\0s\0q\0"), "::ERROR: incorrect document syntax"),
    ],
)
def test_encodings_that_do_not_fit(prompt: Prompt, content: bytes, error: str) -> None:
    assert create(prompt, content) == 1
    assert prompt.error.startswith("ERROR: The task XML is malformed.\r\n")
    assert prompt.error.endswith(error + "\r\n")
    assert prompt.machine.tasks == {}


@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>'])
def test_bytes_without_a_mark(prompt: Prompt, declaration: str) -> None:
    assert (
        create(prompt, document(declaration, more="<RegistrationInfo><Author>ä</Author></RegistrationInfo>").encode())
        == 0
    )


def test_no_document_type_and_so_no_entity(prompt: Prompt) -> None:
    declaration = '<?xml version="1.0"?><!DOCTYPE Task [<!ENTITY a "aaaa">]>'
    actions = "<Exec><Command>&a;</Command></Exec>"
    assert create(prompt, utf16(document(declaration, actions=actions))) == 1
    assert "(1,37)::ERROR: incorrect document syntax" in prompt.error
    assert create(prompt, utf16(document("", actions=actions))) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (
            document(root='<Task xmlns="https://x">'),
            "an element or attribute from an unexpected namespace.\r\n(2,2):Task:https://x",
        ),
        (document(more="<Triggerz />"), "an unexpected node.\r\n"),
        (document(settings="<Colour>red</Colour>"), "an unexpected node.\r\n"),
        (document(settings="<Enabled>yes</Enabled>"), "incorrectly formatted or out of range.\r\n"),
        (
            document(settings="<ExecutionTimeLimit>5M</ExecutionTimeLimit>"),
            "incorrectly formatted or out of range.\r\n",
        ),
        (document(settings="<Priority>11</Priority>"), ":Priority:11\r\n"),
        (document(principal="<LogonType>ServiceAccount</LogonType>"), ":LogonType:ServiceAccount\r\n"),
        (
            document(actions="<Exec><Command>" + "x" * 261 + "</Command></Exec>"),
            "incorrectly formatted or out of range.\r\n",
        ),
        (document(actions="<Exec><Arguments>x</Arguments></Exec>"), "missing a required element or attribute.\r\n"),
        (document(actions=""), "missing a required element or attribute.\r\n"),
        (
            document(principal="<UserId>nobody</UserId>"),
            "No mapping between account names and security IDs was done.\r\n",
        ),
    ],
)
def test_what_the_schema_refuses(prompt: Prompt, content: str, error: str) -> None:
    assert create(prompt, utf16(content)) == 1
    assert error in prompt.error
    assert prompt.error.startswith("ERROR: ")
    assert prompt.machine.tasks == {}
    assert not prompt.machine.files.is_file(STORED)


def test_ru_beats_the_xml(prompt: Prompt) -> None:
    content = utf16(document(principal="<UserId>nobody</UserId><LogonType>Password</LogonType>"))
    assert create(prompt, content, "/ru SYSTEM") == 0
    task = prompt.machine.tasks["\\maps-1"]
    assert task.account == "S-1-5-18"
    assert "<UserId>S-1-5-18</UserId>" in task.xml
    assert "LogonType" not in task.xml


def test_switches_make_the_same_kind_of_task(prompt: Prompt) -> None:
    code, text = prompt.run(
        r'/create /tn \Own\maps-2 /tr "\"C:\Program Files\a b.exe\" -x \"1 2\"" /sc ONCE /st 13:30 /ru SYSTEM '
        "/rl HIGHEST"
    )
    assert (code, text) == (0, 'SUCCESS: The scheduled task "\\Own\\maps-2" has successfully been created.\r\n')
    assert prompt.error == ""
    task = prompt.machine.tasks["\\own\\maps-2"]
    assert (task.program, task.arguments, task.account) == ("C:\\Program Files\\a b.exe", '-x "1 2"', "S-1-5-18")
    assert task.next_runs == (dt.datetime(2026, 10, 1, 13, 30, tzinfo=dt.UTC),)
    assert prompt.machine.files.is_file("C:\\Windows\\System32\\Tasks\\Own\\maps-2")


def test_a_time_gone_by_warns_on_stderr_beside_success_trap_24(prompt: Prompt) -> None:
    code, text = prompt.run('/create /tn a /tr "cmd /c exit 0" /sc ONCE /st 00:00 /ru SYSTEM')
    assert code == 0
    assert text.startswith("SUCCESS: ")
    assert prompt.error.startswith("WARNING: ")
    assert prompt.run("/create /tn b /tr x /sc ONSTART /ru SYSTEM")[0] == 0
    assert prompt.error == ""


@pytest.mark.parametrize(
    ("language", "date", "code"),
    [
        ("en", "10/02/2026", 0),
        ("en", "2026/10/02", -2147467259),
        ("ja", "2026/10/02", 0),
        ("ja", "10/02/2026", -2147467259),
        ("en", "13/45/2026", -2147467259),
    ],
)
def test_the_start_date_wants_the_regions_format_trap_24(prompt: Prompt, language: str, date: str, code: int) -> None:
    prompt.machine.locale = Locale(language, 932, 932)
    assert prompt.run(f"/create /tn a /tr x /sc once /st 13:00 /sd {date} /ru SYSTEM")[0] == code
    assert ("Invalid Start Date (Date should be in" in prompt.error) == (code != 0)


def test_a_long_command_fails_trap_24(prompt: Prompt) -> None:
    assert prompt.run(f"/create /tn a /tr {'x' * 261} /sc onstart /ru SYSTEM")[0] == 0
    assert prompt.run(f"/create /tn b /tr {'x' * 262} /sc onstart /ru SYSTEM")[0] == 1
    assert "cannot be more than 261 character(s)" in prompt.error


@pytest.mark.parametrize(
    "arguments",
    [
        "/create",
        "/create /tn a",
        "/create /tn a /tr x",
        "/create /tn a /sc onstart",
        "/create /tn a /tr x /sc once",
        "/create /tn a /tr x /sc sometimes",
        "/create /tn a /tr x /sc once /st 25:00",
        "/create /tn a /tr x /sc onstart /st 10:00",
        "/create /tn a /tr x /sc onstart /sc onstart",
        "/create /tn a /tr x /sc onstart /rl low",
        "/create /tn a /tr /sc onstart",
        "/create /tn a /tr x /sc onstart /ru nobody",
        "/create /tn a?b /tr x /sc onstart",
        f'/create /tn a /xml "{FILE}" /sc once',
        "/create /tn a /xml C:\\none.xml",
        "/run",
        "/run maps-1",
        "/query /fo html",
        "/frobnicate",
    ],
)
def test_wrong_command_lines_fail_with_1(prompt: Prompt, arguments: str) -> None:
    assert prompt.run(arguments) == (1, "")
    assert prompt.error.startswith("ERROR: ")
    assert prompt.unknown == []
    assert prompt.machine.tasks == {}


@pytest.mark.parametrize(
    "arguments",
    [
        "/change /tn a /disable",
        "/create /s other /tn a",
        "/create /tn a /tr x /sc minute",
        "/delete /tn * /f",
        "/query /xml",
    ],
)
def test_what_is_not_simulated_is_noted(prompt: Prompt, arguments: str) -> None:
    prompt.run("/create /tn a /tr x /sc onstart /ru SYSTEM")
    assert prompt.run(arguments)[0] == 1
    assert len(prompt.unknown) == 1


def test_an_existing_task_is_asked_for_without_f(prompt: Prompt) -> None:
    line = "/create /tn a /tr {} /sc onstart /ru SYSTEM"
    prompt.run(line.format("one"))
    code, text = prompt.run(line.format("two"), b"N\r\n")
    assert (code, text) == (1, 'WARNING: The task name "a" already exists. Do you want to replace it (Y/N)? ')
    assert prompt.machine.tasks["\\a"].program == "one"
    assert prompt.run(line.format("two"))[0] == 1, "nobody answers"
    assert len(prompt.unknown) == 1
    assert prompt.run(line.format("two"), b"y\n")[0] == 0
    assert prompt.machine.tasks["\\a"].program == "two"
    assert prompt.run("/delete /tn a", b"n\n")[0] == 1
    assert "\\a" in prompt.machine.tasks


def test_query_table(prompt: Prompt) -> None:
    prompt.run("/create /tn a /tr x /sc once /st 13:30 /ru SYSTEM")
    prompt.run("/create /tn b /tr x /sc onstart /ru SYSTEM")
    ruler = "=" * 40 + " " + "=" * 22 + " " + "=" * 15 + "\r\n"
    head = f"\r\nFolder: \\\r\n{'TaskName':40} {'Next Run Time':22} {'Status':15}\r\n{ruler}"
    first = f"{'a':40} {'10/1/2026 1:30:00 PM':22} {'Ready':15}\r\n"
    assert prompt.run("/query") == (0, head + first + f"{'b':40} {'N/A':22} {'Ready':15}\r\n")
    assert prompt.run("/query /tn a /nh") == (0, f"\r\nFolder: \\\r\n{first}")


def test_query_list_and_csv(prompt: Prompt) -> None:
    prompt.run('/create /tn a /tr "cmd /c \\"x\\"" /sc once /st 00:00 /ru SYSTEM')
    assert prompt.run("/query /tn a /fo LIST")[1] == (
        "\r\nFolder: \\\r\n"
        "HostName:      HOST\r\n"
        "TaskName:      \\a\r\n"
        "Next Run Time: N/A\r\n"
        "Status:        Ready\r\n"
        "Logon Mode:    Interactive/Background\r\n"
    )
    assert prompt.run("/query /tn a /fo csv") == (0, '"TaskName","Next Run Time","Status"\r\n"\\a","N/A","Ready"\r\n')
    text = prompt.run("/query /tn a /fo csv /v")[1]
    header, row = text.split("\r\n")[:2]
    assert header.startswith(
        '"HostName","TaskName","Next Run Time","Status","Logon Mode","Last Run Time","Last Result",'
    )
    assert header.endswith('"Repeat: Until: Duration","Repeat: Stop If Still Running"')
    assert header.count('","') == 27
    assert row.startswith('"HOST","\\a","N/A","Ready","Interactive/Background","11/30/1999 12:00:00 AM","267011",')
    assert ',"cmd /c "x"",' in row, "quotes inside are not doubled"
    prompt.machine.tasks["\\a"].last_result = 0
    listing = prompt.run("/query /tn a /fo list /v")[1]
    assert "\r\nLast Result:                          0\r\n" in listing


def test_one_row_a_trigger_trap_24(prompt: Prompt) -> None:
    trigger = "<TimeTrigger><StartBoundary>2027-01-0{}T05:00:00</StartBoundary></TimeTrigger>"
    content = document().replace("<Triggers />", f"<Triggers>{trigger.format(1)}{trigger.format(2)}</Triggers>")
    create(prompt, utf16(content))
    rows = prompt.run("/query /tn maps-1 /fo csv /nh")[1].splitlines()
    assert rows == ['"\\maps-1","1/1/2027 5:00:00 AM","Ready"', '"\\maps-1","1/2/2027 5:00:00 AM","Ready"']


def test_japanese() -> None:
    machine = Machine("HOST", locale=Locale("ja", 932, 932))
    machine.true_time = lambda: NOW
    prompt = Prompt(schtasks.run, machine, code_page=932)
    assert prompt.run("/create /tn a /tr x /sc once /st 00:00 /ru SYSTEM") == (
        0,
        '成功: スケジュール タスク "a" は正しく作成されました。\r\n',
    )
    assert prompt.error == "警告: /ST が現時刻よりも早いため、タスクは実行されない可能性があります。\r\n"
    assert prompt.run("/run /tn a")[1] == '成功: スケジュール タスク "a" の実行が試行されました。\r\n'
    assert prompt.run("/query /tn a /fo list")[1].startswith(
        "\r\nフォルダー\\\r\nホスト名:        HOST\r\nタスク名:        \\a\r\n"
        "次回の実行時刻:  N/A\r\n状態:            準備完了\r\n"
    )
    table = prompt.run("/query /tn a")[1]
    assert f"\r\nタスク名{' ' * 33}次回の実行時刻{' ' * 9}状態" in table
    assert prompt.run("/delete /tn a /f")[1] == '成功: スケジュール タスク "a" は正しく削除されました。\r\n'


def test_an_account_that_is_not_elevated(prompt: Prompt) -> None:
    prompt.run("/create /tn a /tr x /sc onstart /ru SYSTEM")
    prompt.token = USER
    for arguments in (
        "/create /tn b /tr x /sc onstart /ru SYSTEM",
        "/run /tn a",
        "/delete /tn a /f",
        "/end /tn a",
        "/query /tn a",
    ):
        assert prompt.run(arguments) == (1, "")
        assert prompt.error == DENIED
    assert prompt.run("/query")[1].startswith("INFO: There are no scheduled tasks")
    assert list(prompt.machine.tasks) == ["\\a"]
    assert prompt.machine.tasks["\\a"].due is None


def test_a_run_shows_in_the_query(prompt: Prompt) -> None:
    machine = prompt.machine
    machine.locale = Locale("en")
    create(prompt, utf16(document(actions="<Exec><Command>C:\\none.exe</Command></Exec>")))
    prompt.run("/run /tn maps-1")
    scheduler.run_due_tasks(machine)
    assert machine.tasks["\\maps-1"].due is not None, "not due yet"
    later = NOW + dt.timedelta(seconds=1)
    machine.true_time = lambda: later
    scheduler.run_due_tasks(machine)
    row = prompt.run("/query /tn maps-1 /v /fo csv /nh")[1]
    assert '"Ready","Interactive/Background","10/1/2026 12:00:01 PM","-2147024894"' in row
    assert not machine.tasks["\\maps-1"].running
