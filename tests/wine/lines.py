"""Command lines for two cmd.exe: which both run alike, and where Wine's is known to differ from Windows."""

from __future__ import annotations

from dataclasses import dataclass

SAME = r"""
echo hello
echo  two  blanks
echo "a & b" & echo c
echo a^&b^|c^>d^^
echo "a^&b"
echo.
echo:x
echo/x
echo;x
echo a(b) & (echo c)
@echo x
ECHO x&Echo y
echo one& echo two&echo three
(echo a&echo b)&echo c
(echo a & (echo b & echo c)) & echo d
rem words
rem words & echo never
rem& echo said
echo a "b c" 'd' `e`
echo ~!@#$*()_+-={}[]:;'?,./
echo a""b
echo "^"
echo "unclosed & echo x
echo a"b & echo c"d
echo ^"a & echo b^"
echo 日本語 é
echo "日本語 &"
echo %OS%
echo %os%
echo "%OS%"
echo %NOSUCHVARIABLE%
echo 100%
echo 100%%
echo "100%" "50%"
echo %1 %*
echo %OS:NT=xx%
echo %OS:~0,3%
echo %ProgramFiles(x86)%
set X=1& call echo %X%
set X=1& call echo %^X%
set X=abcdef& call echo %^X:~1,3%
set X=abcdef& call echo %^X:cd=XY%
set "X=a" & call echo [%^X%]
set X=a & call echo [%^X%]
set X= a b& call echo [%^X%]
set x=1& set X
set NOSUCHVARIABLE
set /a (1+2)*3
set /a 7/2
set /a "1<<4"
if 1==1 (echo yes) else echo no
if 1==2 (echo yes) else (echo no)
if 1==1 echo yes else echo no
if 1==2 echo a&echo b
if 1==1 echo a&echo b
if 1==1 if 2==3 (echo a) else (echo b)
if not a==A echo differ
if /i a==A echo same
if "a b"=="a b" echo same
if "10" lss "9" echo text
if 10 gtr 9 (echo number) else (echo text)
if defined OS echo os
if not defined NOSUCHVARIABLE echo none
if not exist nothing echo none
if exist C:\work\ echo directory
if exist nothing (echo a) else if exist C:\work (echo b) else (echo c)
if "%PROCESSOR_ARCHITECTURE%"=="AMD64" echo 64
echo x>"f g.txt"& if exist "f g.txt" echo there
echo x>f.txt& type f.txt
echo x >f.txt& echo y >>f.txt& type f.txt
echo x 2>&1
echo x 1> f.txt& type f.txt
echo a1>f.txt& type f.txt
>f.txt echo x& type f.txt
echo x>f.txt 2>&1& type f.txt
echo err>&2
echo x>nul
echo x>f.txt& type f.txt>g.txt& type g.txt
echo a > "日本 f.txt"& type "日本 f.txt"
type nothing.txt
type nothing.txt 2>nul
echo x | more
echo x|more
echo x | more | more
type nothing.txt 2>nul | more
echo a | cmd /c "more & echo b"
call echo %^errorlevel%
call echo "a & b"
cmd /c exit 3
cmd /c exit -1
cmd /c exit /b 7
cmd /c "exit 3"
cmd /c cmd /c exit 9
exit 5
exit /b 5
echo a& exit 4& echo b
(exit 3)
cmd /c "echo a & echo b"
cmd /c echo "a b"
cmd /c "echo "a b""
cmd /c "echo a^&b"
cmd /s /c "echo "a""
cmd /c echo ^"a^"
cmd /c if 1==1 echo nested
cmd /c "if 1==1 (echo nested) & echo more"
cmd.exe /C echo x
hostname >nul & echo ok
for %i in (a b c) do @echo %i
for %i in (a,b;c) do @echo %i
for %i in (a "b c") do @echo %~i
for /l %i in (3,-1,1) do @echo %i
for /l %i in (1,1,3) do @if not exist no.txt echo %i
for /l %i in (1,1,3) do @if not exist C:\work echo %i
(for /l %i in (1,1,2) do @if not exist no.txt echo %i) & (for /l %j in (1,1,3) do @if not exist C:\no.txt echo %j)
((for /l %i in (1,1,2) do @if not exist no.txt echo %i >nul) & (for /l %i in (1,1,3) do @if not exist no.txt echo %i))
(for /l %i in (1,1,2) do @if not exist C:\no.txt echo %i) & call echo %^errorlevel%
(if exist C:\work (echo there & echo more)) & echo after
(if exist nothing ((echo there & echo more) & echo all)) & echo after
mkdir d& dir /b /a "d*"
for /f %i in ("one two") do @echo %i
for /f "tokens=1,3" %i in ("one two three") do @echo %i %j
for /f "tokens=1*" %i in ("one two three") do @echo %i-%j
for /f "delims=, tokens=2" %i in ("one,two,three") do @echo %i
for /f "tokens=*" %i in ("  one two") do @echo %i
for /f "delims=" %i in ("  one two") do @echo %i
echo a b>f.txt& for /f %i in (f.txt) do @echo %i
echo a b>f.txt& for /f "usebackq" %i in ("f.txt") do @echo %i
for /f "delims=" %i in ('echo a b') do @echo %i
for /f "tokens=1,2 delims=: " %a in ('echo STATE : 4') do @echo %b
mkdir P& mkdir P\4.18.1-0& for /f "delims=" %d in ('dir P /ad /b /o:-n 2^>nul') do @echo %d
echo x>a.txt& dir /b a.txt
echo x>a.txt& copy a.txt b.txt >nul& type b.txt
echo x>a.txt& ren a.txt c.txt& type c.txt
echo x>a.txt& del a.txt& if not exist a.txt echo gone
mkdir a\b\c& if exist a\b\c\ echo deep
mkdir d& echo x>d\f& rmdir /s /q d& if not exist d echo gone
cd C:\& cd
pushd C:\& cd& popd& cd
ver>nul
cmd /c ver | more>nul
""".strip("\n").split("\n")
"""Standard output and exit code are the same."""


@dataclass(frozen=True)
class Difference:
    """Lines that Wine 8 runs unlike Windows, with the output and the exit code that Windows gives (by winsim)."""

    reason: str
    lines: tuple[tuple[str, str, int], ...]


DIFFERENCES = (
    Difference(
        "&& runs what follows in any case",
        (("cmd /c exit 1 && echo never", "", 1),),
    ),
    Difference(
        "an unknown program is the exit code of the whole line, 9009; on Windows it is 1 (recalled)",
        (
            ("nosuchprogram 2>nul", "", 1),
            ("cmd /c nosuchprogram 2>nul", "", 1),
        ),
    ),
    Difference(
        "the exit code of a line is an earlier command's; on Windows the last one's",
        (
            ("cmd /c exit 3& call echo %^errorlevel%", "3\r\n", 0),
            ("nosuchprogram 2>nul& call echo %^errorlevel%", "9009\r\n", 0),
            ("cmd /c exit 2& if errorlevel 2 echo two", "two\r\n", 0),
        ),
    ),
    Difference(
        "ver and cd leave errorlevel as it was; on Windows they set it to 0",
        (
            ("cmd /c exit 3& ver>nul& call echo %^errorlevel%", "0\r\n", 0),
            ("cmd /c exit 3& cd C:\\work& call echo %^errorlevel%", "0\r\n", 0),
        ),
    ),
    Difference(
        "variables are expanded when a command runs and after carets; on Windows when the line is read, before carets",
        (
            ("set X=1& echo %X%", "%X%\r\n", 0),
            ("echo %^OS%", "%OS%\r\n", 0),
        ),
    ),
    Difference(
        "call does not double carets",
        (("call echo a^^b", "a^b\r\n", 0), ('set X=1& call echo "%^X%"', '"%^^X%"\r\n', 0)),
    ),
    Difference(
        "only a blank, a dot, a colon, a slash or a semicolon may follow echo",
        (("echo(x", "x\r\n", 0), ("echo,x", "x\r\n", 0)),
    ),
    Difference(
        "a number before a redirection is part of the command at the start of a line and after a block",
        (
            ("1>nul echo x", "", 0),
            ("(echo a) >nul 2>&1", "", 0),
            ("(echo a& echo b) 2>&1", "a\r\nb\r\n", 0),
        ),
    ),
    Difference(
        "a block is not redirected, and the file stays open",
        (
            ("(echo x& echo y)>f.txt", "", 0),
            ("(echo x& echo y)>f.txt& type f.txt", "x\r\ny\r\n", 0),
        ),
    ),
    Difference(
        "the body of for ends at the first &, and a block as body is lost; echo of commands is off",
        (
            ("for %i in (a b) do @(echo %i& echo x%i)", "a\r\nxa\r\nb\r\nxb\r\n", 0),
            ("for %i in (a b) do @echo %i & echo x", "a \r\nx\r\nb \r\nx\r\n", 0),
            ("for %i in (a) do echo %i", "\r\nC:\\work>echo a \r\na\r\n", 0),
        ),
    ),
    Difference(
        "a side of a pipe is not written anew by cmd.exe, which on Windows puts blanks around &",
        (("(echo x& echo y) | more", "x \r\ny \r\n", 0),),
    ),
    Difference("set /p at the end of input succeeds", (("<nul set /p =half", "half", 1),)),
    Difference("texts are Wine's own", (("echo", "ECHO is on.\r\n", 0),)),
    Difference(
        "what is no command is passed over",
        (("echo a & & echo b", "", 255), ("( )", "", 255)),
    ),
)

REG = r"""
reg add KEY /v a /d b /f >nul& reg query KEY
reg add KEY /v a /d b /f >nul& reg query KEY /v a
reg add KEY /v "a b" /d "c d" /f >nul& reg query hklm\software\WINSIM /v "a b"
reg add KEY /v n /t REG_DWORD /d 3 /f >nul& reg query KEY /v n
reg add KEY /v n /t REG_DWORD /d 0x1F /f >nul& reg query KEY /v n
reg add KEY /v n /t REG_DWORD /d 4294967295 /f >nul& reg query KEY /v n
reg add KEY /v n /t REG_DWORD /d 4294967296 /f >nul 2>nul& CODE
reg add KEY /v n /t REG_DWORD /d x /f >nul 2>nul& CODE
reg add KEY /v b /t REG_BINARY /d 0aFF /f >nul& reg query KEY /v b
reg add KEY /v b /t REG_BINARY /d 0xFF /f >nul 2>nul& CODE
reg add KEY /v b /t REG_BINARY /d fff /f >nul 2>nul& CODE
reg add KEY /v b /t REG_BINARY /f >nul& reg query KEY /v b
reg add KEY /v m /t REG_MULTI_SZ /d "a\0b c" /f >nul& reg query KEY /v m
reg add KEY /v m /t REG_MULTI_SZ /s "|" /d "a|b c" /f >nul& reg query KEY /v m
reg add KEY /v m /t REG_MULTI_SZ /d "" /f >nul& reg query KEY /v m
reg add KEY /v m /t REG_MULTI_SZ /s "|" /d "a||b" /f >nul 2>nul& CODE
reg add KEY /v e /t REG_EXPAND_SZ /d C:\x /f >nul& reg query KEY /v e
reg add KEY /v s /f >nul& reg query KEY /v s
reg add KEY /v s /d "" /f >nul& reg query KEY /v s
reg add KEY /ve /d default /f >nul& reg query KEY /ve
reg add KEY /f >nul& reg query KEY /ve
reg add KEY /f >nul& reg query KEY
reg add KEY\sub /f >nul& reg query KEY
reg add KEY\sub /f >nul& reg add KEY\sub2 /f >nul& reg query KEY
reg add KEY\sub /f >nul& reg query KEY /s
reg add KEY\sub /v a /d b /f >nul& reg query KEY /s
reg add KEY\sub /v a /d b /f >nul& reg add KEY /v c /d d /f >nul& reg query KEY
reg add KEY\sub /v a /d b /f >nul& reg add KEY /v c /d d /f >nul& reg query KEY /s
reg add KEY /v a /d b /f /reg:32 >nul& reg query KEY /v a /reg:32
reg add KEY /v a /d b /f /reg:32 >nul& reg query HKLM\SOFTWARE\Wow6432Node\winsim /v a
reg add KEY /v a /d b /f /reg:32 >nul& reg query KEY /v a >nul 2>nul& CODE
reg add KEY /v a /d b /f >nul& reg delete KEY /v a /f >nul& CODE& reg query KEY /v a >nul 2>nul& CODE
reg delete KEY /v a /f >nul 2>nul& CODE
reg add KEY /v a /d b /f >nul& reg delete KEY /f >nul& reg query KEY >nul 2>nul& CODE
reg add KEY /v a /d b /f >nul& reg delete KEY /va /f >nul& reg query KEY
reg query HKLM\SOFTWARE\nothing >nul 2>nul& CODE
reg query HKXX\SOFTWARE >nul 2>nul& CODE
reg query >nul 2>nul& CODE
reg query KEY /x >nul 2>nul& CODE
reg add KEY /v n /t REG_NONE /f >nul& reg query KEY /v n
reg add KEY /v "日本 語" /d "プロキシ" /f >nul& reg query KEY
reg add KEY /v q /d "a \"b\" c" /f >nul& reg query KEY /v q
reg add HKEY_LOCAL_MACHINE\SOFTWARE\winsim /v q /d C:\x\ /f >nul& reg query HKEY_LOCAL_MACHINE\SOFTWARE\winsim /v q
reg add KEY\ /v q /d x /f >nul& reg query KEY\
reg add "KEY\a b" /v q /d x /f >nul& reg query "KEY\a b"
reg add KEY -v q -d x -f >nul& reg query KEY /v q
""".strip("\n").split("\n")
"""The same for reg.exe, standard output alone: KEY stands for the path of a key that is not there before, CODE for the
printing of the exit code."""

REG_DIFFERENCES = (
    Difference(
        "the value is called as it was asked for, not as it is stored",
        (
            (
                "reg add KEY /v Aa /d b /f >nul& reg query KEY /v aA",
                "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\winsim\r\n    Aa    REG_SZ    b\r\n\r\n",
                0,
            ),
        ),
    ),
    Difference(
        "texts are Wine's own",
        (("reg add KEY /v a /d b /f", "The operation completed successfully.\r\n", 0),),
    ),
    Difference(
        "the number in a REG_QWORD is not printed",
        (
            (
                "reg add KEY /v q /t REG_QWORD /d 18446744073709551615 /f >nul& reg query KEY /v q",
                "\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\winsim\r\n    q    REG_QWORD    0xffffffffffffffff\r\n\r\n",
                0,
            ),
        ),
    ),
    Difference(
        "what a key that is not there is answered with goes to standard output; on Windows to standard error",
        (("reg query KEY 2>nul", "", 1),),
    ),
)
