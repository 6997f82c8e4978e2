"""What every cause is called and means, in every language; `solutions` has the solutions: the tables that people read from.

Where Microsoft's article words something, both languages keep to its wording. An explanation is one sentence: together
with the first solution it makes the two that a help desk needs.
"""

from __future__ import annotations

from typing import NamedTuple

from .message import Text


class CauseText(NamedTuple):
    """A cause in words."""

    title: Text
    explanation: Text


CAUSES: dict[str, CauseText] = {
    "none": CauseText(
        Text("MAPS is reachable", "MAPS に接続できている"), Text("MAPS is reachable.", "MAPS に接続できます。")
    ),
    "winhttp_proxy_missing": CauseText(
        Text("no system-wide WinHTTP proxy", "システム全体の WinHttp プロキシが構成されていない"),
        Text(
            "No system-wide WinHTTP proxy is set, so the operating system does not know the proxy and cannot fetch the "
            "CRL, and the TLS connection to MAPS never fully succeeds.",
            "デバイスにシステム全体の WinHttp プロキシが構成されていないため、オペレーティング システムはプロキシを認識せず、"
            "CRL をフェッチできず、MAPS への TLS 接続が完全に成功しません。",
        ),
    ),
    "crl_unreachable": CauseText(
        Text("revocation lists unreachable", "証明書失効リスト (CRL) に到達できない"),
        Text(
            "The certificate revocation list cannot be downloaded over the route that Windows uses for it, so the "
            "TLS connection to MAPS fails.",
            "Windows が使用する経路で証明書失効リスト (CRL) を取得できないため、MAPS への TLS 接続が失敗します。",
        ),
    ),
    "winhttp_proxy_unusable": CauseText(
        Text("a proxy is set but cannot be used", "設定されたプロキシが使用できない"),
        Text(
            "A system-wide proxy is set but cannot be used, because its text does not name a proxy that WinHTTP can "
            "connect to; what Windows does instead is not documented.",
            "システム全体のプロキシが設定されていますが、WinHttp が接続できる形式ではないため使用できず、この場合の Windows の動作は公開されていません。",
        ),
    ),
    "proxy_bypassed": CauseText(
        Text("the proxy's bypass list exempts the addresses", "プロキシのバイパス一覧で除外されている"),
        Text(
            "A proxy is set, but its bypass list exempts MAPS or the revocation lists, so the host connects to them "
            "directly, and this connection does not succeed.",
            "プロキシは構成されていますが、バイパス一覧で MAPS または証明書失効リスト (CRL) が除外されているため、デバイスは直接接続しようとし、接続できません。",
        ),
    ),
    "winhttp_proxy_dead": CauseText(
        Text("the WinHTTP proxy does not answer", "WinHttp プロキシが応答しない"),
        Text(
            "The system-wide WinHTTP proxy does not answer, or its name does not resolve.",
            "システム全体の WinHttp プロキシが応答しないか、その名前を解決できません。",
        ),
    ),
    "defender_proxy_dead": CauseText(
        Text("the proxy in Defender's policy does not answer", "Defender のポリシーのプロキシが応答しない"),
        Text(
            "The proxy that a policy sets for Defender only does not answer, or its name does not resolve.",
            "ポリシーで Defender にのみ指定されたプロキシが応答しないか、その名前を解決できません。",
        ),
    ),
    "proxy_authentication": CauseText(
        Text("proxy requires authentication", "プロキシが認証を要求する"),
        Text(
            "The proxy requires authentication, and whether Windows services can provide it there is not known.",
            "プロキシが認証を要求していますが、Windows のサービスがこのプロキシで認証できるかどうかは不明です。",
        ),
    ),
    "perimeter": CauseText(
        Text("blocked on the network", "ネットワーク上でブロックされている"),
        Text(
            "The connection is blocked on the network: the proxy or the perimeter firewall does not allow the host "
            "to connect to MAPS.",
            "接続がネットワーク上でブロックされており、プロキシまたは境界ファイアウォールで MAPS への接続が許可されていません。",
        ),
    ),
    "firewall_default_block": CauseText(
        Text("Windows Firewall blocks by default", "Windows ファイアウォールの既定でブロックされている"),
        Text(
            "Windows Firewall blocks outbound connections by default, and no rule allows Defender's connections.",
            "Windows ファイアウォールが送信接続を既定でブロックしており、Defender の接続を許可する規則がありません。",
        ),
    ),
    "firewall_block_rule": CauseText(
        Text("a Windows Firewall rule blocks", "Windows ファイアウォールの規則でブロックされている"),
        Text(
            "A Windows Firewall rule that this collection did not create and does not change, or a filter of another "
            "program, blocks Defender's connection.",
            "このコレクションが作成したものではなく、変更もしない Windows ファイアウォールの規則、または他のプログラムのフィルターが、Defender の接続をブロックしています。",
        ),
    ),
    "firewall_service_stopped": CauseText(
        Text("the Windows Firewall service is not running", "Windows ファイアウォールのサービスが実行されていない"),
        Text(
            "The service of Windows Firewall (mpssvc) is not running, which Microsoft does not support: it is not known "
            "what the stored rules do, and they cannot be changed.",
            "Windows ファイアウォールのサービス (mpssvc) が Microsoft のサポート対象外の状態である停止状態のため、"
            "保存されている規則の効果は不明であり、規則を変更することもできません。",
        ),
    ),
    "proxy_service_off": CauseText(
        Text("the WinHTTP auto-proxy service is disabled", "WinHttp 自動プロキシ サービスが無効"),
        Text(
            "The service WinHttpAutoProxySvc is disabled, so since Windows 10 1709 Windows probably uses no proxy at all, although one is "
            "set.",
            "サービス WinHttpAutoProxySvc が無効のため、Windows 10 1709 以降では、プロキシが設定されていても Windows がまったく使用していない可能性が高いです。",
        ),
    ),
    "tls_inspection": CauseText(
        Text("TLS inspection", "TLS 検査"),
        Text(
            "A device on the network decrypts TLS and presents a certificate that is not Microsoft's, which "
            "certificate pinning rejects.",
            "ネットワーク上の機器が TLS を復号し、Microsoft 以外の証明書を提示しているため、証明書のピン留めによって拒否されます。",
        ),
    ),
    "root_missing": CauseText(
        Text("the root certificate is missing", "ルート証明書がない"),
        Text(
            "Microsoft's root certificate is missing on this host and cannot be downloaded, so the certificate of "
            "MAPS is not trusted.",
            "Microsoft のルート証明書がこのデバイスになく、ダウンロードもできないため、MAPS の証明書が信頼されません。",
        ),
    ),
    "trust_list_stale": CauseText(
        Text("the list of untrusted certificates is not updated", "信頼されていない証明書の一覧が更新されない"),
        Text(
            "Windows no longer updates its list of untrusted certificates, for example because CryptSvc has lost "
            "write permission, so the revocation check fails as offline although the revocation lists are reachable.",
            "CryptSvc が書き込み権限を失ったなどの理由で信頼されていない証明書の一覧が更新されておらず、CRL に到達できても失効チェックがオフラインのエラーになります。",
        ),
    ),
    "name_resolution": CauseText(
        Text("names do not resolve", "名前を解決できない"),
        Text(
            "The names of the MAPS endpoints do not resolve on this host.",
            "このデバイスでは MAPS のエンドポイントの名前を解決できません。",
        ),
    ),
    "clock_skew": CauseText(
        Text("the clock is wrong", "時刻がずれている"),
        Text(
            "The host's clock is wrong, so certificates seem expired or not yet valid.",
            "デバイスの時刻が大きくずれているため、証明書が期限切れまたは有効期間前と判断されます。",
        ),
    ),
    "service_stopped": CauseText(
        Text("the Defender service is not running", "Defender のサービスが実行されていない"),
        # rbmm/DisableSvc: the service's descriptor grants administrators no change of its configuration.
        Text(
            "The Microsoft Defender Antivirus service is stopped or disabled, and this collection cannot start it, "
            "because Windows does not allow administrators to change its configuration.",
            "Microsoft Defender ウイルス対策サービスが停止しているか無効で、Windows では管理者でもその構成を変更できないため、このコレクションからは開始できません。",
        ),
    ),
    "not_elevated": CauseText(
        Text("the account is not elevated", "アカウントが昇格されていない"),
        Text(
            "The account is not elevated on the host, and the validation works only for administrators.",
            "このデバイスでアカウントが昇格されておらず、管理者権限が必要な検証を実行できません。",
        ),
    ),
    "windows_too_old": CauseText(
        Text("MpCmdRun is too old", "MpCmdRun が古い"),
        Text(
            "MpCmdRun on this host does not know ValidateMapsConnection, which came with Windows 10 1703 (build 15063) and "
            "Server 2019, and comes to older Windows with updates of Defender's platform (KB4052623).",
            "このデバイスの MpCmdRun は ValidateMapsConnection に対応しておらず、Windows 10、バージョン 1703 (ビルド 15063) 以降、Server 2019 以降、または "
            "Defender のプラットフォームの更新プログラム (KB4052623) が必要です。",
        ),
    ),
    "mpcmdrun_not_started": CauseText(
        Text("MpCmdRun.exe does not start", "MpCmdRun.exe を起動できない"),
        Text(
            "MpCmdRun could not be started on this host, so the connection was not validated: application control "
            "(AppLocker, App Control for Business) or the permissions of the file prevent it, or the file is missing.",
            "アプリケーション制御 (AppLocker、App Control for Business) またはファイルのアクセス許可によって妨げられているか、"
            "ファイルがないため、このデバイスで MpCmdRun.exe を起動できず、接続を検証できませんでした。",
        ),
    ),
    "other_antivirus": CauseText(
        Text("another antivirus is active", "別のウイルス対策製品が動作している"),
        Text(
            "Microsoft Defender Antivirus is absent, passive or turned off; another product is active.",
            "Microsoft Defender ウイルス対策が存在しないか、パッシブ モードまたは無効で、別の製品が動作しています。",
        ),
    ),
    "maps_off": CauseText(
        Text("MAPS is turned off", "MAPS が無効"),
        Text(
            "MAPS membership is turned off (SpynetReporting is 0), so cloud protection is not in use.",
            "MAPS への参加が無効 (SpynetReporting が 0) のため、クラウド保護は使用されていません。",
        ),
    ),
    "unknown": CauseText(
        Text("unknown", "不明"),
        Text(
            "The cause is unknown: neither the code nor the state of the host indicates one.",
            "コードからもデバイスの状態からも特定できず、原因は不明です。",
        ),
    ),
}
