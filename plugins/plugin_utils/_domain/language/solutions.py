"""What every solution is called, costs, and who carries it out, in every language; `causes` has the causes."""

from __future__ import annotations

import functools
from typing import NamedTuple

from .message import Text


class SolutionText(NamedTuple):
    """A solution in words. `who` is empty where a module can act."""

    text: Text
    cost: Text
    who: Text = Text("", "")


PROXY_TEAM = Text("the proxy team", "プロキシの担当者")
NETWORK_TEAM = Text("the network team", "ネットワークの担当者")
SECURITY_TEAM = Text("the security team", "セキュリティ チーム")
POLICY_OWNER = Text("the owner of the policy for Windows Firewall", "Windows ファイアウォールのポリシーの担当者")
DEFENDER_OWNER = Text("the owner of Defender's settings", "Defender の設定の担当者")
BASELINE_OWNER = Text("the owner of the hardening baseline", "セキュリティ ベースラインの担当者")
OWNER = Text("the host's owner", "デバイスの管理者")
APPLICATION_CONTROL = Text("whoever runs application control", "アプリケーション制御の担当者")

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
    "mend_bypass": SolutionText(
        Text(
            "correct the bypass list of the system-wide proxy, so that MAPS and the revocation lists go through the proxy",
            "MAPS と CRL がプロキシを経由するように、システム全体のプロキシのバイパス一覧を修正します",
        ),
        Text(
            "Other hosts that the removed entries exempt go through the proxy too, internal ones included.",
            "削除した項目で除外されていた他の通信も (社内宛ても含めて) プロキシを経由します。",
        ),
    ),
    "mend_policy_bypass": SolutionText(
        Text(
            "correct the list where a policy or another program wrote it: Defender's ProxyBypass, or the Internet settings",
            "ポリシーや他のプログラムが設定した一覧 (Defender の ProxyBypass、インターネット設定) を修正する",
        ),
        Text("Defender uses another route.", "Defender の通信経路が変わります。"),
        SECURITY_TEAM,
    ),
    "enable_proxy_service": SolutionText(
        Text(
            "set the start type of WinHttpAutoProxySvc back to manual in the baseline that disables it and restart the host; where only "
            "WPAD is to be off, set DisableWpad to 1 (HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp)",
            "無効にしているベースラインで WinHttpAutoProxySvc のスタートアップの種類を手動に戻し、デバイスを再起動する。WPAD のみを無効にする場合は、"
            "DisableWpad を 1 に設定する (HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp)",
        ),
        Text(
            "The service runs again; with DisableWpad it discovers no proxies by itself.",
            "サービスが再び動作します。DisableWpad を設定すると、プロキシの自動検出は行われません。",
        ),
        BASELINE_OWNER,
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
    "allow_rules_by_policy": SolutionText(
        Text(
            "add two outbound allow rules to that policy, because it makes Windows ignore local rules: one for the "
            "service WinDefend and one for the service CryptSvc, TCP to ports 80 and 443 and the ports of the proxies; if "
            "the revocation lists stay out of reach, one for svchost.exe without a service",
            "ローカルの規則が無視されるため、そのポリシーに送信の許可規則を 2 つ追加する: サービス WinDefend と CryptSvc の、"
            "プロキシのポートとポート 80、443 への TCP 接続。それでも CRL に到達できない場合は、サービスを指定しない svchost.exe の規則も追加する",
        ),
        Text(
            "Two services can connect to the ports of the proxies, 80 and 443, on every host of the policy.",
            "ポリシーが適用されるすべてのデバイスで、2 つのサービスがプロキシのポートとポート 80、443 に接続できるようになります。",
        ),
        POLICY_OWNER,
    ),
    "maps_on": SolutionText(
        Text("turn cloud protection on if you need it", "必要な場合は、クラウド提供の保護を有効にします"),
        Text(
            "Defender queries Microsoft's cloud about unknown files.",
            "Defender が不明なファイルについて Microsoft のクラウドに問い合わせます。",
        ),
    ),
    "maps_on_by_owner": SolutionText(
        Text(
            "turn cloud protection on if it is needed (SpynetReporting 2) where that policy comes from, such as group "
            "policy, Intune or Defender for Endpoint, because a value that is changed on the host may be written again",
            "必要な場合は、ポリシーの設定元 (グループ ポリシー、Intune、Defender for Endpoint など) でクラウド提供の保護を有効にします "
            "(SpynetReporting 2)。デバイス上で変更した値は元に戻されることがあります",
        ),
        Text(
            "Defender queries Microsoft's cloud about unknown files, on every host of the policy.",
            "ポリシーが適用されるすべてのデバイスで、Defender が不明なファイルについて Microsoft のクラウドに問い合わせます。",
        ),
        DEFENDER_OWNER,
    ),
    "maps_on_by_management": SolutionText(
        Text(
            "turn cloud protection on if it is needed, in Intune, Defender for Endpoint or the Windows Security app, because "
            "tamper protection is on",
            "必要な場合は、クラウド提供の保護を Intune、Defender for Endpoint、または Windows セキュリティ アプリで有効にします (改ざん防止が有効なため)",
        ),
        Text(
            "Defender queries Microsoft's cloud about unknown files.",
            "Defender が不明なファイルについて Microsoft のクラウドに問い合わせます。",
        ),
        DEFENDER_OWNER,
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
            "correct or remove Defender's own proxy, ProxyServer or ProxyPacUrl, in the store that sets it",
            "Defender 自身のプロキシ (ProxyServer または ProxyPacUrl) を、設定元で修正するか、削除する",
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
            "allow *.wdcp.microsoft.com, *.wdcpalt.microsoft.com and *.wd.microsoft.com, and for hosts that are onboarded "
            "to Defender for Endpoint *.endpoint.security.microsoft.com",
            "*.wdcp.microsoft.com、*.wdcpalt.microsoft.com、*.wd.microsoft.com を許可する (Defender for Endpoint に"
            "オンボードされたデバイスでは *.endpoint.security.microsoft.com も許可する)",
        ),
        PERIMETER_COST,
        NETWORK_TEAM,
    ),
    "remove_block": SolutionText(
        Text(
            "find out who created the rule or filter and remove it; malware also creates such rules and filters",
            "規則またはフィルターの作成者を確認して削除する (マルウェアがこのような規則やフィルターを作成することもある)",
        ),
        Text(
            "Anything else that the rule blocks is allowed again.", "この規則がブロックしていた他の通信も許可されます。"
        ),
        SECURITY_TEAM,
    ),
    "start_firewall": SolutionText(
        Text(
            "find out what stopped the service mpssvc and start it; to turn the firewall off, use its profiles",
            "サービス mpssvc が停止した原因を確認して開始する (ファイアウォールを無効にする場合はプロファイルの設定を使用する)",
        ),
        Text("The stored rules apply again.", "保存されている規則が再び適用されます。"),
        OWNER,
    ),
    "exempt_tls": SolutionText(
        Text(
            "exempt *.wdcp.microsoft.com, *.wd.microsoft.com and *.endpoint.security.microsoft.com from TLS inspection",
            "*.wdcp.microsoft.com、*.wd.microsoft.com、*.endpoint.security.microsoft.com を TLS 検査から除外する",
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
    "allow_mpcmdrun": SolutionText(
        Text(
            "allow Microsoft's signed MpCmdRun.exe for this account and for SYSTEM, in the folder Platform below "
            r"%ProgramData%\Microsoft\Windows Defender and in %ProgramFiles%\Windows Defender",
            r"Microsoft の署名がある MpCmdRun.exe を、%ProgramData%\Microsoft\Windows Defender の下のフォルダー Platform と "
            r"%ProgramFiles%\Windows Defender で、このアカウントと SYSTEM に許可する",
        ),
        Text("One more program of Microsoft's may run.", "Microsoft のプログラムが 1 つ実行できるようになります。"),
        APPLICATION_CONTROL,
    ),
    "upgrade": SolutionText(
        Text(
            "update Defender's platform (KB4052623) or upgrade Windows; until then the connection cannot be validated "
            "this way",
            "Defender のプラットフォームを更新 (KB4052623) するか、Windows をアップグレードする (それまではこの方法で接続を検証できない)",
        ),
        Text("An update or an upgrade.", "更新またはアップグレードの作業です。"),
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


@functools.cache
def teams() -> dict[str, Text]:
    """The name of each team in each language -> all its names."""
    every = [one.who for one in SOLUTIONS.values() if one.who.en]
    return {name: who for who in every for name in who}
