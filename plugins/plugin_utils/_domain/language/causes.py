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
    "none": CauseText(Text("MAPS answers", "MAPS に接続済み"), Text("MAPS answered.", "MAPS が応答しました。")),
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
        Text("revocation lists out of reach", "証明書失効リスト (CRL) に到達できない"),
        Text(
            "The certificate revocation list cannot be fetched on the way that Windows takes for it, so the TLS connection "
            "to MAPS fails.",
            "Windows が使う経路で証明書失効リスト (CRL) をフェッチできないため、MAPS への TLS 接続が失敗します。",
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
        Text("the proxy of Defender's policy does not answer", "Defender のポリシーのプロキシが応答しない"),
        Text(
            "The proxy that a policy gives to Defender alone does not answer, or its name does not resolve.",
            "ポリシーが Defender だけに指定しているプロキシが応答しないか、その名前を解決できません。",
        ),
    ),
    "proxy_authentication": CauseText(
        Text("the proxy wants a password", "プロキシがパスワードを要求する"),
        Text(
            "The proxy wants a password, which Windows' services do not bring.",
            "プロキシがパスワードを要求していますが、Windows のサービスはパスワードを送りません。",
        ),
    ),
    "perimeter": CauseText(
        Text("blocked on its way", "経路上でブロックされている"),
        Text(
            "The connection is blocked on its way: the proxy or the perimeter does not let the host out to MAPS.",
            "接続が経路上でブロックされ、プロキシまたは境界のファイアウォールが MAPS への接続を許可していません。",
        ),
    ),
    "firewall_default_block": CauseText(
        Text("Windows Firewall blocks by default", "Windows ファイアウォールの既定でブロックされている"),
        Text(
            "Windows Firewall blocks outbound connections by default and no rule allows Defender's.",
            "Windows ファイアウォールは送信接続を既定でブロックし、Defender の接続を許可する規則がありません。",
        ),
    ),
    "firewall_block_rule": CauseText(
        Text("a rule of Windows Firewall blocks", "Windows ファイアウォールの規則でブロックされている"),
        Text(
            "A rule of Windows Firewall, which this collection did not write and does not touch, blocks Defender's "
            "connection.",
            "このコレクションが作成したものではなく変更もしない Windows ファイアウォールの規則が、Defender の接続をブロックしています。",
        ),
    ),
    "tls_inspection": CauseText(
        Text("TLS inspection", "TLS 検査"),
        Text(
            "A device on the way decrypts TLS and presents a certificate that is not Microsoft's, which certificate "
            "pinning refuses.",
            "経路上の機器が TLS を復号し、Microsoft のものではない証明書を提示するため、証明書のピン留めで拒否されます。",
        ),
    ),
    "root_missing": CauseText(
        Text("the root certificate is missing", "ルート証明書がない"),
        Text(
            "Microsoft's root certificate is not on this host and cannot be fetched, so the certificate of MAPS is not "
            "trusted.",
            "Microsoft のルート証明書がこのデバイスになく、取得もできないため、MAPS の証明書が信頼されません。",
        ),
    ),
    "trust_list_stale": CauseText(
        Text("the list of untrusted certificates is not kept", "信頼されていない証明書の一覧が更新されない"),
        Text(
            "Windows no longer updates its list of untrusted certificates, as when CryptSvc lost the right to write it, so "
            "revocation counts as offline although the lists can be reached.",
            "CryptSvc が書き込み権限を失った場合などのように、信頼されていない証明書の一覧が更新されていないため、CRL に到達できても失効確認がオフラインと見なされます。",
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
        Text("the clock is off", "時計がずれている"),
        Text(
            "The host's clock is far off, so certificates seem expired or not yet valid.",
            "デバイスの時計が大きくずれているため、証明書が期限切れまたは有効期間前に見えます。",
        ),
    ),
    "service_stopped": CauseText(
        Text("Defender's service does not run", "Defender のサービスが動作していない"),
        # rbmm/DisableSvc: the service's descriptor grants administrators no change of its configuration.
        Text(
            "The Microsoft Defender Antivirus service is stopped or disabled, and because Windows does not let administrators "
            "change its configuration, this collection cannot start it.",
            "Microsoft Defender ウイルス対策サービスが停止しているか無効で、Windows は管理者にもその構成の変更を許可しないため、このコレクションでは開始できません。",
        ),
    ),
    "not_elevated": CauseText(
        Text("the account is not elevated", "アカウントが昇格されていない"),
        Text(
            "The account is not elevated on the host, and the validation works for administrators only.",
            "アカウントがこのデバイスで昇格されておらず、検証は管理者でのみ機能します。",
        ),
    ),
    "windows_too_old": CauseText(
        Text("Windows is too old", "Windows が古い"),
        Text(
            "This version of Windows does not know ValidateMapsConnection; it needs Windows 10 1703 (build 15063) or "
            "Server 2019.",
            "このバージョンの Windows は ValidateMapsConnection に対応しておらず、Windows 10、バージョン 1703 (ビルド 15063) 以降または Server 2019 以降が必要です。",
        ),
    ),
    "other_antivirus": CauseText(
        Text("another antivirus works here", "別のウイルス対策製品が動作している"),
        Text(
            "Microsoft Defender Antivirus is absent, passive or switched off; another product does its work.",
            "Microsoft Defender ウイルス対策が存在しないか、パッシブ モードまたは無効で、別の製品が動作しています。",
        ),
    ),
    "maps_off": CauseText(
        Text("MAPS is switched off", "MAPS が無効"),
        Text(
            "MAPS membership is switched off (SpynetReporting is 0): there is nothing to reach.",
            "MAPS への参加が無効 (SpynetReporting が 0) なので、接続先がありません。",
        ),
    ),
    "unknown": CauseText(
        Text("unknown", "不明"),
        Text(
            "The cause is not known: neither the code nor the state of the host points to one.",
            "コードからもデバイスの状態からも判断できず、原因は不明です。",
        ),
    ),
}

NO_COST = Text("Nothing on the host changes.", "デバイス上では何も変わりません。")
PERIMETER_COST = Text(
    "Nothing on the host changes; the perimeter lets more out, by name only.",
    "デバイス上では何も変わりません。境界で許可する宛先が増えます (名前で限定)。",
)

SOLUTIONS: dict[str, SolutionText] = {
    "set_proxy": SolutionText(
        Text(
            "configure the system-wide WinHTTP proxy, so that the CRL can be checked (the solution that Microsoft prefers)",
            "ソリューション (推奨): CRL チェックを許可するシステム全体の WinHttp プロキシを構成します",
        ),
        Text(
            "Everything that uses WinHTTP, Windows Update too, takes this proxy; on laptops off the company network as well.",
            "Windows Update を含め、WinHTTP を使うすべてのものがこのプロキシを使います。社外のノート PC でも同じです。",
        ),
    ),
    "root_update": SolutionText(
        Text(
            "on disconnected networks, redirect the Microsoft automatic update URL (Microsoft's second choice)",
            "ソリューション (優先 2): 切断された環境の Microsoft 自動更新 URL をリダイレクトします",
        ),
        Text(
            "A server with internet must fetch the lists every day. It cures unknown roots and no revocation list.",
            "インターネットに接続できるサーバーが毎日一覧を取得する必要があります。"
            "不明なルートは解決しますが、CRL は解決しません。",
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
            "A revoked certificate of MAPS is no longer noticed; other services are not affected.",
            "MAPS の失効した証明書を検出しなくなります。他のサービスには影響しません。",
        ),
    ),
    "allow_rules": SolutionText(
        Text("add allow rules for Defender's services", "Defender のサービスを許可する規則を追加します"),
        Text(
            "Two services may connect to the ports of the proxies, 80 and 443.",
            "2 つのサービスがプロキシのポート、80、443 に接続できるようになります。",
        ),
    ),
    "maps_on": SolutionText(
        Text("switch cloud protection on, where it is wanted", "必要な場合は、クラウド提供の保護を有効にします"),
        Text(
            "Defender asks Microsoft's cloud about unknown files.",
            "Defender が不明なファイルについて Microsoft のクラウドに問い合わせます。",
        ),
    ),
    "allow_lists": SolutionText(
        Text(
            "let crl.microsoft.com and www.microsoft.com/pkiops pass on port 80",
            "ポート 80 で crl.microsoft.com と www.microsoft.com/pkiops を許可する",
        ),
        PERIMETER_COST,
        PROXY_TEAM,
    ),
    "name_the_proxy": SolutionText(
        Text("say which proxy this host must use", "このデバイスが使うべきプロキシを知らせる"), NO_COST, PROXY_TEAM
    ),
    "mend_policy_proxy": SolutionText(
        Text(
            "correct Defender's policy ProxyServer or ProxyPacUrl, or take it away",
            "Defender のポリシー ProxyServer または ProxyPacUrl を修正するか、削除する",
        ),
        Text("Defender takes another way out.", "Defender の経路が変わります。"),
        SECURITY_TEAM,
    ),
    "no_password": SolutionText(
        Text(
            "let the Microsoft endpoints pass without a password for the computers",
            "コンピューターから Microsoft のエンドポイントへの接続をパスワードなしで許可する",
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
            "find out who wrote the rule and remove it; malware writes such rules too",
            "規則の作成者を確認して削除する (マルウェアもこのような規則を作成する)",
        ),
        Text("Whatever else the rule was meant to block is open again.", "規則が他に防いでいたものも許可されます。"),
        SECURITY_TEAM,
    ),
    "exempt_tls": SolutionText(
        Text(
            "exempt *.wdcp.microsoft.com and *.wd.microsoft.com from TLS inspection",
            "*.wdcp.microsoft.com と *.wd.microsoft.com を TLS 検査から除外する",
        ),
        Text(
            "The inspecting device no longer sees into Defender's own connections.",
            "検査機器は Defender の接続の内容を見られなくなります。",
        ),
        PROXY_TEAM,
    ),
    "mend_trust_list": SolutionText(
        Text(
            "give CryptSvc (NETWORK SERVICE) back its right to write the key AuthRoot\\AutoUpdate, as on a healthy host",
            "正常なデバイスと同じように、キー AuthRoot\\AutoUpdate への書き込み権限を CryptSvc (NETWORK SERVICE) に戻す",
        ),
        NO_COST,
        OWNER,
    ),
    "resolve": SolutionText(
        Text(
            "let the host resolve the endpoints' names, or give it a proxy",
            "エンドポイントの名前を解決できるようにするか、プロキシを割り当てる",
        ),
        NO_COST,
        NETWORK_TEAM,
    ),
    "set_clock": SolutionText(
        Text("set the clock and repair time synchronisation", "時計を合わせ、時刻の同期を修復する"), NO_COST, OWNER
    ),
    "restore_service": SolutionText(
        Text(
            "find out what disabled it (policy, another product, malware) and undo that",
            "無効にした原因 (ポリシー、別の製品、マルウェア) を確認して元に戻す",
        ),
        NO_COST,
        SECURITY_TEAM,
    ),
    "use_administrator": SolutionText(
        Text("use an account that is administrator on the host", "デバイスの管理者であるアカウントを使う"),
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
            "follow the connection with a probe of the endpoints from this host",
            "このデバイスからエンドポイントを調べて、接続を追跡する",
        ),
        NO_COST,
        NETWORK_TEAM,
    ),
}
