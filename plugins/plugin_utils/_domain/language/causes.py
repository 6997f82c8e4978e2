"""What every cause and every solution is called and means, in every language: the one table that people read from.

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


class SolutionText(NamedTuple):
    """A solution in words. `who` is empty where a module can act."""

    text: Text
    cost: Text
    who: Text = Text("", "")


PROXY_TEAM = Text("the proxy team", "プロキシの担当者")
NETWORK_TEAM = Text("the network team", "ネットワークの担当者")
SECURITY_TEAM = Text("the security team", "セキュリティ チーム")
OWNER = Text("the host's owner", "デバイスの管理者")

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
            "The proxy requires authentication, which Windows services can't provide.",
            "プロキシが認証を要求していますが、Windows のサービスは認証情報を送信できません。",
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
            "A Windows Firewall rule that this collection did not create and does not change blocks Defender's "
            "connection.",
            "このコレクションが作成したものではなく、変更もしない Windows ファイアウォールの規則が、Defender の接続をブロックしています。",
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
        Text("Windows is too old", "Windows が古い"),
        Text(
            "This version of Windows does not support ValidateMapsConnection; it requires Windows 10 1703 (build "
            "15063) or Server 2019.",
            "このバージョンの Windows は ValidateMapsConnection に対応しておらず、Windows 10、バージョン 1703 (ビルド 15063) 以降または Server 2019 以降が必要です。",
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

NO_COST = Text("Nothing on the host changes.", "デバイスの設定は変わりません。")
PERIMETER_COST = Text(
    "Nothing on the host changes; the perimeter allows more destinations, by name only.",
    "デバイスの設定は変わりません。境界で許可する宛先が増えます (名前で指定したもののみ)。",
)

SOLUTIONS: dict[str, SolutionText] = {
    "set_proxy": SolutionText(
        Text(
            "configure the system-wide WinHTTP proxy, so that the CRL can be checked (the solution that Microsoft prefers)",
            "ソリューション (推奨): CRL チェックを許可するシステム全体の WinHttp プロキシを構成します",
        ),
        Text(
            "Everything that uses WinHTTP, including Windows Update, uses this proxy; on laptops also outside the "
            "company network.",
            "Windows Update を含め、WinHTTP を使用するすべての通信がこのプロキシを経由します。社外にあるノート PC でも同様です。",
        ),
    ),
    "root_update": SolutionText(
        Text(
            "on disconnected networks, redirect the Microsoft automatic update URL (Microsoft's second choice)",
            "ソリューション (優先 2): 切断された環境の Microsoft 自動更新 URL をリダイレクトします",
        ),
        Text(
            "A server with internet access must download the lists every day. This fixes missing root certificates "
            "but not unreachable revocation lists.",
            "インターネットに接続できるサーバーで毎日一覧をダウンロードする必要があります。ルート証明書の不足は解決しますが、CRL に到達できない問題は解決しません。",
        ),
    ),
    "loosen": SolutionText(
        Text(
            "workaround, not a best practice: disable the revocation check for Spynet only (SSLOptions 2 keeps "
            "certificate pinning)",
            "回避策ソリューション (代替)。ベスト プラクティスではありません: "
            "SPYNET に対してのみ CRL チェックを無効にします (SSLOptions 2 は証明書のピン留めを維持します)",
        ),
        Text(
            "A revoked certificate of MAPS is no longer detected; other services are not affected.",
            "MAPS の証明書が失効しても検出されなくなります。他のサービスには影響しません。",
        ),
    ),
    "allow_rules": SolutionText(
        Text("add allow rules for Defender's services", "Defender のサービスを許可する規則を追加します"),
        Text(
            "Two services can connect to the ports of the proxies, 80 and 443.",
            "2 つのサービスが、プロキシのポートとポート 80、443 に接続できるようになります。",
        ),
    ),
    "maps_on": SolutionText(
        Text("turn cloud protection on if you need it", "必要な場合は、クラウド提供の保護を有効にします"),
        Text(
            "Defender queries Microsoft's cloud about unknown files.",
            "Defender が不明なファイルについて Microsoft のクラウドに問い合わせます。",
        ),
    ),
    "allow_lists": SolutionText(
        Text(
            "allow crl.microsoft.com and www.microsoft.com/pkiops on port 80",
            "ポート 80 で crl.microsoft.com と www.microsoft.com/pkiops を許可する",
        ),
        PERIMETER_COST,
        PROXY_TEAM,
    ),
    "name_the_proxy": SolutionText(
        Text("specify which proxy this host should use", "このデバイスが使用するプロキシを指定する"),
        NO_COST,
        PROXY_TEAM,
    ),
    "mend_policy_proxy": SolutionText(
        Text(
            "correct or remove Defender's policy ProxyServer or ProxyPacUrl",
            "Defender のポリシー ProxyServer または ProxyPacUrl を修正するか、削除する",
        ),
        Text("Defender uses another route.", "Defender の通信経路が変わります。"),
        SECURITY_TEAM,
    ),
    "no_password": SolutionText(
        Text(
            "allow the computers to reach the Microsoft endpoints without authentication",
            "コンピューターから Microsoft のエンドポイントへの接続を認証なしで許可する",
        ),
        PERIMETER_COST,
        PROXY_TEAM,
    ),
    "allow_maps": SolutionText(
        Text(
            "allow *.wdcp.microsoft.com, *.wdcpalt.microsoft.com and *.wd.microsoft.com",
            "*.wdcp.microsoft.com、*.wdcpalt.microsoft.com、*.wd.microsoft.com を許可する",
        ),
        PERIMETER_COST,
        NETWORK_TEAM,
    ),
    "remove_block": SolutionText(
        Text(
            "find out who created the rule and remove it; malware also creates such rules",
            "規則の作成者を確認し、規則を削除する (マルウェアがこのような規則を作成することもある)",
        ),
        Text(
            "Anything else that the rule blocks is allowed again.", "この規則がブロックしていた他の通信も許可されます。"
        ),
        SECURITY_TEAM,
    ),
    "exempt_tls": SolutionText(
        Text(
            "exempt *.wdcp.microsoft.com and *.wd.microsoft.com from TLS inspection",
            "*.wdcp.microsoft.com と *.wd.microsoft.com を TLS 検査から除外する",
        ),
        Text(
            "The inspection device can no longer inspect Defender's own connections.",
            "検査機器で Defender の通信内容を検査できなくなります。",
        ),
        PROXY_TEAM,
    ),
    "mend_trust_list": SolutionText(
        Text(
            "restore the write permission of CryptSvc (NETWORK SERVICE) on the key AuthRoot\\AutoUpdate, as on a "
            "healthy host",
            "正常なデバイスと同じように、キー AuthRoot\\AutoUpdate への書き込み権限を CryptSvc (NETWORK SERVICE) に戻す",
        ),
        NO_COST,
        OWNER,
    ),
    "resolve": SolutionText(
        Text(
            "make the names of the endpoints resolvable on the host, or give it a proxy",
            "エンドポイントの名前を解決できるようにするか、プロキシを構成する",
        ),
        NO_COST,
        NETWORK_TEAM,
    ),
    "set_clock": SolutionText(
        Text("correct the clock and repair time synchronization", "時刻を修正し、時刻同期を修復する"), NO_COST, OWNER
    ),
    "restore_service": SolutionText(
        Text(
            "find out what disabled the service (policy, another product, malware) and undo that",
            "無効にした原因 (ポリシー、別の製品、マルウェア) を確認して元に戻す",
        ),
        NO_COST,
        SECURITY_TEAM,
    ),
    "use_administrator": SolutionText(
        Text("use an account that is an administrator on the host", "デバイスの管理者アカウントを使用する"),
        NO_COST,
        Text("the automation's owner", "自動化の担当者"),
    ),
    "upgrade": SolutionText(
        Text(
            "upgrade Windows; until then the connection cannot be validated this way",
            "Windows をアップグレードする (それまではこの方法で接続を検証できない)",
        ),
        Text("An upgrade.", "アップグレードの作業です。"),
        OWNER,
    ),
    "follow": SolutionText(
        Text(
            "trace the connection by probing the endpoints from this host",
            "このデバイスからエンドポイントへの接続を調査する",
        ),
        NO_COST,
        NETWORK_TEAM,
    ),
}
