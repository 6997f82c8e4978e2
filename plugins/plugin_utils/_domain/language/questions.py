"""What would tell a cause that is open: the name of a cause or of a probe, and what to do for it."""

from __future__ import annotations

from .message import Text

QUESTIONS: dict[str, Text] = {
    "endpoint_info": Text(
        "windefend.maps.endpoint_info with run_as: system and proxy: defender",
        "windefend.maps.endpoint_info (run_as: system、proxy: defender)",
    ),
    "root_update": Text("windefend.maps.root_update without options", "オプションなしの windefend.maps.root_update"),
    "candidate": Text(
        "windefend.maps.endpoint_info through the proxy that this host should use (proxy: host:port)",
        "このデバイスが使用するプロキシ経由の windefend.maps.endpoint_info (proxy: host:port)",
    ),
    "another_candidate": Text(
        "windefend.maps.endpoint_info through another proxy (proxy: host:port); the one that was tried did not show it",
        "別のプロキシ経由の windefend.maps.endpoint_info (proxy: host:port)。試したプロキシでは判断できませんでした",
    ),
    "curl": Text(
        "a probe from another host of the same network: this host has no curl.exe (part of Windows since Windows 10 "
        "1803 and Server 2019)",
        "同じネットワークの別のデバイスからの確認 (このデバイスには curl.exe がありません。"
        "curl.exe は Windows 10 1803、Server 2019 以降に付属します)",
    ),
    "allow_curl": Text(
        "windefend.maps.endpoint_info while Windows Firewall allows curl.exe",
        "Windows ファイアウォールで curl.exe を許可した状態での windefend.maps.endpoint_info",
    ),
    "systems_proxy": Text(
        "windefend.maps.endpoint_info through the proxy of SYSTEM's own Internet settings (proxy: host:port)",
        "SYSTEM のインターネット設定のプロキシ経由の windefend.maps.endpoint_info (proxy: host:port)",
    ),
    "certificate": Text(
        "the presented certificate, viewed in a browser on this network",
        "提示された証明書をこのネットワークのブラウザーで確認",
    ),
    "winhttp_proxy_unusable": Text("windefend.maps.host_info", "windefend.maps.host_info"),
    "other_antivirus": Text("windefend.maps.defender_info", "windefend.maps.defender_info"),
    "maps_off": Text("windefend.maps.defender_info", "windefend.maps.defender_info"),
    "not_elevated": Text("windefend.maps.host_info", "windefend.maps.host_info"),
    "mpcmdrun_not_started": Text("windefend.maps.maps_connection_info", "windefend.maps.maps_connection_info の実行"),
    "windows_too_old": Text("windefend.maps.maps_connection_info", "windefend.maps.maps_connection_info"),
    "service_stopped": Text("an account that is allowed to query services", "サービスの状態を照会できるアカウント"),
    "firewall_block_rule": Text(
        "windefend.maps.firewall_info and the active profile; for filters of other programs: netsh wfp show netevents on "
        "the host",
        "windefend.maps.firewall_info と有効なプロファイル。他のプログラムのフィルターについては、デバイスでの netsh wfp show netevents",
    ),
    "firewall_default_block": Text(
        "windefend.maps.firewall_info, and the active profile",
        "windefend.maps.firewall_info と有効なプロファイル",
    ),
    "firewall_service_stopped": Text(
        "an account that is allowed to query services", "サービスの状態を照会できるアカウント"
    ),
    "proxy_service_off": Text("an account that is allowed to query services", "サービスの状態を照会できるアカウント"),
    "clock_skew": Text("a comparison of the host's time with a correct clock", "デバイスの時刻と正しい時刻の比較"),
}
