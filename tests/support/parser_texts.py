"""Texts that are made to be costly for a reader of a host's bytes; each grows with the size that it is asked for."""

from __future__ import annotations

from collections.abc import Callable

Make = Callable[[int], str]
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
TASK = '<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">{}</Task>'
EVENT = "<Event xmlns='u'><System><EventID>1116</EventID></System><EventData>{}</EventData></Event>"
HEAD = "HKEY_LOCAL_MACHINE\\SOFTWARE\\windefend.maps\r\n"
RULE = "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|"


def many(each: str, first: str = "", last: str = "") -> Make:
    """An entry many times; `{}` in it is another number each time."""

    def make(size: int) -> str:
        parts, length, number = [first], len(first), 0
        while length < size:
            part = each.replace("{}", f"{number:x}")
            parts.append(part)
            length += len(part)
            number += 1
        return "".join([*parts, last])

    return make


def inside(each: str, whole: str) -> Make:
    """The same within a frame, in the place of its braces."""
    first, _braces, last = whole.partition("{}")
    return many(each, first, last)


VALUES = (
    many("    v{}    REG_SZ    text\r\n", HEAD),
    many("    v{}    REG_MULTI_SZ    a\\0b\\0\\0\r\n", HEAD),
    many("    REG_SZ    REG_SZ", HEAD),
    many("    REG_A", f"{HEAD}    ", "x"),
    many("00", f"{HEAD}    WinHttpSettings    REG_BINARY    "),
    many(" ", f"{HEAD}    v"),
    many(f"{HEAD.strip()}\\{{}}\r\n"),
    many("    {}    REG_SZ    " + RULE + "RPort=443|Name=a|\r\n", HEAD),
    many("RPort={}|RA4=10.0.0.{}|Profile=Domain|a{}=b|", f"{HEAD}    r    REG_SZ    {RULE}", "\r\n"),
    many("*a", f"{HEAD}    ProxyOverride    REG_SZ    "),
    many("more{}\r\n", f"{HEAD}    ProxyServer    REG_SZ    a\r\n"),
    many("\r\n", f"{HEAD}    ProxyServer    REG_SZ    a", "    b    REG_SZ    c\r\n"),
    many("key{}\r\n", HEAD),
    many("    name{}\r\n", HEAD),
    many("\ud800{}\r\n", HEAD),
)
NAMES = (many("windefend-maps-{}-a\r\n"), many("{:0>40}.crt\r\n".replace(":0>40", "")), many("1.{}\r\n"))


RULES = (
    many("RPort={}|", RULE),
    many("RA4=10.0.0.{}|RA6=::{}|", RULE),
    many("|", RULE),
    many("a{}=|", RULE),
    many("Profile=a{}|", RULE),
    many("1", RULE + "RA4=10.0.0.0/"),
    many("1:", RULE + "RA6="),
    many("1", RULE + "Platform=2:"),
    many("%a", RULE + "App="),
)
XML = (
    inside("<a{}/>", TASK),
    inside("<a>", TASK),
    inside("<a b{}='c'/>", TASK),
    inside("&lt;", TASK),
    inside("<!-- -->", TASK),
    inside("<CalendarTrigger/>", TASK.replace("{}", "<Triggers>{}</Triggers>")),
    many("<?xml ", "", "?>"),
    many("<a{}/>", f"<Task xmlns='{'u' * 400}'>", "</Task>"),
)
EVENTS = (
    many("<Event ", "", "</Event>"),
    many("<Event >"),
    many("</Event>"),
    many(EVENT.replace("{}", "<Data Name='Path'>a</Data>")),
    inside("<Data Name='d{}'>a</Data>", EVENT),
    inside("<a>", EVENT),
    many("<Event ><"),
)
CERTIFICATES = (
    many("Subject:a{}\nIssuer:b{}\n"),
    many("Subject:a{}\nIssuer:b{}\n" + PEM),
    many("AAAA\n", "Subject:a\nIssuer:b\n-----BEGIN CERTIFICATE-----\n"),
    many("-----BEGIN CERTIFICATE-----\n", "Subject:a\nIssuer:b\n"),
    many("#probe 200 "),
    many("#probe 200 000 0.1 0.1 0.1 0.1 1.1.1.1 text\n"),
    many("curl: (1) a\n"),
)
LISTS = (
    many("(A;;FA;;;S-1-5-{})", 'C:\\a "D:P', '"'),
    many("D:S:", '"'),
    many("(A;;FA;;;WD)", '"D:', "x"),
    many('"D:'),
    many("AA", '"D:'),
    many("0x", '"D:(A;;', ';;;WD)"'),
)
JSON = (
    many("[", '{"a":', "]}"),
    many('{"a":', "", "}"),
    many('"a{}":1,', "{", '"b":1}'),
    many("1", '{"a":', "}"),
    many("\\\\", '{"a":"', '"}'),
    many("}", "{"),
    many("{"),
)
CONFIG = (
    inside("<a>", "<configuration>{}</configuration>"),
    inside("<runtime/>", "<configuration>{}</configuration>"),
    many("<a>", "<configuration><runtime>", ""),
    many("<!-- x -->\n", "<configuration>", "</configuration>"),
    many(" a{}='b'", "<configuration><runtime><generatePublisherEvidence", "/></runtime></configuration>"),
    many(" ", "<configuration>\n<runtime>", "</runtime></configuration>"),
    many(" enabled='", '<configuration><a b="', '"/></configuration>'),
)
SAID = (
    many("MAPS: "),
    many("MAPS: ["),
    many("CmdTool: hr "),
    many("CmdTool: hr = "),
    many("ValidateMapsConnection "),
    many("hr = 0x80072F8F "),
    many("ValidateMapsConnection failed ({:0>8})\n".replace("{:0>8}", "80070005")),
    many("hr=(hr="),
    many("httpcode= "),
    many("MpCmdRun : "),
)
OF_SC = (many(" "), many("    a : 10\n"), many("  a"), many(" :"), many("1", " : "))
MARKERS = (
    many("#abcdefgh:0:0"),
    many("#abcdefgh:0:0 "),
    many("#abcdefgh:{}:0\r\n"),
    many("#abcdefgh"),
    many(" ", "#abcdefgh:0:0"),
    many("a"),
)
ANSWER = '<s:Envelope xmlns:s="s" xmlns:rsp="http://schemas.microsoft.com/wbem/wsman/1/windows/shell"><s:Body>{}</s:Body></s:Envelope>'
WIRE = (
    inside('<rsp:Stream Name="stdout">QUJD</rsp:Stream>', ANSWER),
    inside("<a>", ANSWER),
    inside('<rsp:CommandState State="Running"/>', ANSWER),
    inside("QUJD", ANSWER.replace("{}", '<rsp:Stream Name="stdout">{}</rsp:Stream>')),
)
OWN = (
    *VALUES,
    many("    20260101T000000.000001Z.run.{}-9    REG_SZ    1.AAAA\r\n", HEAD),
    many("A", f"{HEAD}    tried.firewall    REG_SZ    1."),
)
