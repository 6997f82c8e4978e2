/*
 * Prints what a Windows program gets as its arguments, in both readings: lines `c HEX` as the C runtime splits the
 * command line, lines `w HEX` as CommandLineToArgvW does. HEX is the argument in UTF-8, with a dot after it.
 * Without arguments it copies its input to its output: Wine has no findstr, and its `more` waits for a key.
 */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>

static void show(char reading, const wchar_t *argument)
{
    int length = WideCharToMultiByte(CP_UTF8, 0, argument, -1, NULL, 0, NULL, NULL), i;
    char *utf8 = malloc(length);

    WideCharToMultiByte(CP_UTF8, 0, argument, -1, utf8, length, NULL, NULL);
    printf("%c ", reading);
    for (i = 0; i < length - 1; i++) printf("%02x", (unsigned char)utf8[i]);
    puts(".");
    free(utf8);
}

int wmain(int argc, wchar_t **argv)
{
    int count, i;
    wchar_t **split = CommandLineToArgvW(GetCommandLineW(), &count);

    if (argc == 1)
        while ((i = getchar()) != EOF) putchar(i);
    for (i = 1; i < argc; i++) show('c', argv[i]);
    for (i = 1; i < count; i++) show('w', split[i]);
    return 0;
}
