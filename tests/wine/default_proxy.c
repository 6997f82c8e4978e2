/*
 * The machine's WinHTTP proxy through winhttp.dll. Without arguments prints what WinHttpGetDefaultProxyConfiguration
 * reads: the access type in decimal (1 direct, 3 named proxy), then lines `p HEX` and `b HEX` for proxy and bypass list
 * where there is one. HEX is the text in UTF-8, with a dot after it. With arguments PROXY BYPASS stores them by
 * WinHttpSetDefaultProxyConfiguration.
 */
#include <windows.h>
#include <winhttp.h>
#include <stdio.h>
#include <stdlib.h>

static void show(char what, const wchar_t *text)
{
    int length, i;
    char *utf8;

    if (!text) return;
    length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    utf8 = malloc(length);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, length, NULL, NULL);
    printf("%c ", what);
    for (i = 0; i < length - 1; i++) printf("%02x", (unsigned char)utf8[i]);
    puts(".");
    free(utf8);
}

int wmain(int argc, wchar_t **argv)
{
    WINHTTP_PROXY_INFO info;

    if (argc == 3)
    {
        info.dwAccessType = WINHTTP_ACCESS_TYPE_NAMED_PROXY;
        info.lpszProxy = argv[1];
        info.lpszProxyBypass = argv[2];
        return WinHttpSetDefaultProxyConfiguration(&info) ? 0 : (int)GetLastError();
    }
    if (!WinHttpGetDefaultProxyConfiguration(&info)) return (int)GetLastError();
    printf("%lu\n", info.dwAccessType);
    show('p', info.lpszProxy);
    show('b', info.lpszProxyBypass);
    return 0;
}
