/*
 * Starts a command line as WinRS does: `cmd.exe /C ` and the line, untouched, given to CreateProcessW, in a console
 * that has the shell's code page and no window. With `wine cmd /c LINE` Wine would build a command line of its own
 * from the arguments, and add quotes to it.
 *
 *     run_line MODE CODE_PAGE RESULT LINE
 *
 * MODE       `cmd`, or `direct` for the line without cmd.exe before it
 * CODE_PAGE  of the console
 * RESULT     file that gets the exit code, 0 to 4294967295: a Unix process has only eight bits for it
 * LINE       in UTF-8, each byte as two hexadecimal digits, so that nothing on the way takes it for syntax
 *
 * Ends with 0 when the line was started and ended, else with one of the numbers below. When this process is killed, so
 * is everything it started.
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAD_ARGUMENTS = 2, NOT_STARTED = 3, NO_RESULT = 4, NO_CODE_PAGE = 5, ATTEMPTS = 20 };

/* Wine gives a console to a child made with CREATE_NO_WINDOW, but AllocConsole wants a display: so the console is made
   for a second run of this program, which is told apart by its mode. */
static const char INSIDE[] = "inside-";

static wchar_t *decode(const char *hex, const wchar_t *prefix)
{
    size_t bytes = strlen(hex) / 2, start = wcslen(prefix), i;
    char *utf8 = calloc(bytes + 1, 1);
    wchar_t *line = calloc(start + bytes + 1, sizeof(wchar_t));

    for (i = 0; i < bytes; i++) {
        unsigned value;
        if (sscanf(hex + 2 * i, "%2x", &value) != 1) return NULL;
        utf8[i] = (char)value;
    }
    wcscpy(line, prefix);
    MultiByteToWideChar(CP_UTF8, 0, utf8, (int)bytes, line + start, (int)bytes);
    return line;
}

static HANDLE inheritable(DWORD which)
{
    HANDLE copy = NULL;

    DuplicateHandle(GetCurrentProcess(), GetStdHandle(which), GetCurrentProcess(), &copy, 0, TRUE,
                    DUPLICATE_SAME_ACCESS);
    return copy;
}

/* Runs a program with our standard handles and gives its exit code; FALSE when it could not be started. */
static BOOL run(wchar_t *line, DWORD flags, HANDLE job, DWORD *code)
{
    STARTUPINFOW startup;
    PROCESS_INFORMATION process;
    BOOL started;

    memset(&startup, 0, sizeof(startup));
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = inheritable(STD_INPUT_HANDLE);
    startup.hStdOutput = inheritable(STD_OUTPUT_HANDLE);
    startup.hStdError = inheritable(STD_ERROR_HANDLE);
    started = CreateProcessW(NULL, line, NULL, NULL, TRUE, flags | CREATE_SUSPENDED, NULL, NULL, &startup, &process);
    CloseHandle(startup.hStdInput);
    CloseHandle(startup.hStdOutput);
    CloseHandle(startup.hStdError);
    if (!started) return FALSE;
    if (job) AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    WaitForSingleObject(process.hProcess, INFINITE);
    return GetExitCodeProcess(process.hProcess, code);
}

static int outside(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    const wchar_t *own = GetCommandLineW(), *mode;
    wchar_t *line = calloc(wcslen(own) + sizeof(INSIDE), sizeof(wchar_t));
    DWORD code = NOT_STARTED;
    int attempt;

    memset(&limits, 0, sizeof(limits));
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
    mode = *own == '"' ? wcschr(own + 1, '"') + 1 : own + wcscspn(own, L" ");
    mode += wcsspn(mode, L" ");
    wcsncpy(line, own, mode - own);
    MultiByteToWideChar(CP_ACP, 0, INSIDE, -1, line + (mode - own), sizeof(INSIDE));
    wcscat(line, mode);
    /* Once in a thousand times the console is not there yet. Nothing has run then, so it may be tried again. */
    for (attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (!run(line, CREATE_NO_WINDOW, job, &code)) return NOT_STARTED;
        if (code != NO_CODE_PAGE) break;
    }
    return (int)code;
}

static int inside(const char *mode, UINT code_page, const char *result, const char *hex)
{
    wchar_t *line = decode(hex, strcmp(mode, "direct") ? L"C:\\windows\\system32\\cmd.exe /C " : L"");
    DWORD code;
    FILE *file;

    if (!line) return BAD_ARGUMENTS;
    if (!SetConsoleCP(code_page) || !SetConsoleOutputCP(code_page)) return NO_CODE_PAGE;
    if (!run(line, 0, NULL, &code)) return NOT_STARTED;
    file = fopen(result, "w");
    if (!file || fprintf(file, "%lu\n", code) < 0 || fclose(file)) return NO_RESULT;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 5) return BAD_ARGUMENTS;
    if (strncmp(argv[1], INSIDE, strlen(INSIDE))) return outside();
    return inside(argv[1] + strlen(INSIDE), (UINT)atoi(argv[2]), argv[3], argv[4]);
}
