"""How evidence is worded, and everything around it, in every language; the other half of the table in `causes`."""

from __future__ import annotations

from . import causes as language_causes
from .message import Message, Text, worded
from .ownership import OWNERSHIP
from .proxies import PROXIES
from .recorded import RECORDED

EVIDENCE: dict[str, Text] = {
    **PROXIES,
    "code": Text("MpCmdRun returned {code}", "MpCmdRun が {code} を返しました"),
    "unreadable": Text("the output could not be read", "出力を読み取れません"),
    "mpcmdrun_not_started": Text(
        "MpCmdRun.exe could not be started: exit code {code}, output: {said}",
        "MpCmdRun.exe を起動できませんでした (終了コード: {code}、出力: {said})",
    ),
    "mpcmdrun_answered": Text("MpCmdRun.exe answered", "MpCmdRun.exe は応答しました"),
    # the host's state
    "no_service": Text("there is no service WinDefend", "サービス WinDefend がありません"),
    "passive": Text("PassiveMode is set", "PassiveMode が設定されています"),
    "switched_off": Text(
        "DisableAntiSpyware is set and the service is not running",
        "DisableAntiSpyware が設定され、サービスが実行されていません",
    ),
    "in_charge": Text(
        "Defender is installed and not passive", "Defender がインストールされ、パッシブ モードではありません"
    ),
    "reporting_off": Text("SpynetReporting is 0", "SpynetReporting が 0 です"),
    "reporting_on": Text("MAPS membership is on", "MAPS への参加が有効です"),
    "not_elevated": Text(
        r"'reg query HKU\S-1-5-19' is refused, which only elevated accounts may read",
        r"昇格されたアカウントだけが読める 'reg query HKU\S-1-5-19' が拒否されました",
    ),
    "elevated": Text("the account is elevated", "アカウントは昇格されています"),
    "old_build": Text(
        "build {build} is older than 15063, so MpCmdRun knows the switch only if Defender's platform was updated "
        "(KB4052623)",
        "ビルド {build} は 15063 より前のため、MpCmdRun がこのスイッチに対応するのは Defender のプラットフォームが更新済み (KB4052623) の場合だけです",
    ),
    "knows_switch": Text(
        "MpCmdRun answered the validation, so it knows the switch",
        "MpCmdRun は検証に応答しており、このスイッチに対応しています",
    ),
    "new_build": Text("build {build} supports the switch", "ビルド {build} は対応しています"),
    "stopped": Text("the service WinDefend is not running", "サービス WinDefend が実行されていません"),
    "stopped_disabled": Text(
        "the service WinDefend is not running and is disabled",
        "サービス WinDefend が実行されておらず、無効になっています",
    ),
    "running": Text("the service WinDefend is running", "サービス WinDefend は実行されています"),
    "clock_ahead": Text(
        "the host's clock is {duration} ahead of the controller's",
        "デバイスの時刻がコントローラーより {duration}進んでいます",
    ),
    "clock_behind": Text(
        "the host's clock is {duration} behind the controller's",
        "デバイスの時刻がコントローラーより {duration}遅れています",
    ),
    "clock_right": Text("the host's clock matches the controller's", "デバイスの時刻はコントローラーと一致しています"),
    "clock_off_and_code": Text(
        "the host's clock is wrong by {duration}, and {code}", "デバイスの時刻が {duration}ずれており、{code}"
    ),
    "clock_unknown_and_code": Text(
        "the host's clock could not be read, and {code}", "デバイスの時刻を読み取れず、{code}"
    ),
    "clock_unknown_and_expired": Text(
        "the host says that the certificate of MAPS is not valid at its time, and its clock could not be read",
        "デバイスは MAPS の証明書が自身の時刻では有効でないと報告しており、デバイスの時刻を読み取れませんでした",
    ),
    "days": Text("{n} days", "{n} 日"),
    "hours": Text("{n} hours", "{n} 時間"),
    "proxy_switched_off": Text(
        "the proxy {proxy} is stored in {store} but switched off",
        "{store}のプロキシ {proxy} は無効になっています",
    ),
    "proxy_not_consulted": Text(
        "the proxy {proxy} is stored in {store}, which Windows services do not use because ProxySettingsPerUser is not 0",
        "ProxySettingsPerUser が 0 ではないため、{store}のプロキシ {proxy} は Windows のサービスでは使用されません",
    ),
    "bypass_exempts": Text(
        "the bypass list of {store} contains {entry}, so the proxy {proxy} is not used",
        "{store}のバイパス一覧に {entry} があるため、プロキシ {proxy} は使用されません",
    ),
    "nothing_exempt": Text(
        "no bypass list exempts MAPS or the revocation lists", "MAPS と CRL を除外するバイパス一覧はありません"
    ),
    "text_unusable": Text(
        "a proxy is set in {store} but cannot be used: {proxy} ({why})",
        "{store}のプロキシは使用できません: {proxy} ({why})",
    ),
    "no_text_unusable": Text(
        "no proxy is set whose text cannot be used", "使用できない形式のプロキシは設定されていません"
    ),
    "defect_credentials": Text(
        "WinHTTP does not take a user name and password there",
        "WinHttp のこの設定ではユーザー名とパスワードを使用できません",
    ),
    "defect_scheme": Text(
        "WinHTTP does not support this kind of proxy", "WinHttp はこの種類のプロキシに対応していません"
    ),
    "defect_characters": Text(
        "it contains characters that no host name or port has", "ホスト名とポートに使用できない文字が含まれています"
    ),
    "defect_port": Text("its port is not between 1 and 65535", "ポートが 1 から 65535 の範囲ではありません"),
    "proxy_set": Text("the machine has the proxy {proxy}", "システム全体のプロキシ {proxy} が構成されています"),
    "no_machine_proxy": Text(
        "no system-wide WinHTTP proxy is set", "システム全体の WinHttp プロキシは構成されていません"
    ),
    "no_proxy_used": Text(
        "neither MAPS nor the revocation lists are asked for through a system-wide proxy",
        "MAPS と CRL への接続は、システム全体のプロキシを経由しません",
    ),
    "no_defender_proxy": Text(
        "no policy sets a proxy for Defender", "Defender にプロキシを指定するポリシーはありません"
    ),
    "no_proxy_anywhere": Text("no proxy is set anywhere", "どこにもプロキシが構成されていません"),
    "no_revocation_asked": Text(
        "SSLOptions {options} turns the revocation check off", "SSLOptions {options} は失効チェックを行いません"
    ),
    "nothing_asked": Text(
        "SSLOptions {options} turns certificate pinning and the revocation check off",
        "SSLOptions {options} は証明書のピン留めも失効チェックも行いません",
    ),
    # Windows Firewall
    "maps": Text("MAPS", "MAPS"),
    "crl": Text("CRL", "CRL"),
    "subject": Text("{what}", "{what}"),
    "subject_port": Text("{what} (port {port})", "{what} (ポート {port})"),
    "domain": Text("domain", "ドメイン"),
    "private": Text("private", "プライベート"),
    "public": Text("public", "パブリック"),
    "profile": Text("the {names} profile", "{names} プロファイル"),
    "profiles": Text("the {names} profiles", "{names} プロファイル"),
    "store_local": Text("local", "ローカル"),
    "store_policy": Text("policy", "ポリシー"),
    "store_mdm": Text("mdm", "MDM"),
    "store_": Text("unknown", "不明な"),
    "blocked_by_rule": Text(
        "{what} is blocked by rule '{rule}' of the {store} store in {where}",
        "{where}で、{store} ストアの規則 '{rule}' が {what} をブロックしています",
    ),
    "blocked_by_default": Text("{what} is blocked in {where}", "{where}で {what} がブロックされています"),
    "local_rules_ignored": Text(
        "policy ignores local rules (AllowLocalPolicyMerge is 0), so an allow rule has to come from the policy",
        "ポリシーによってローカルの規則が無視されるため (AllowLocalPolicyMerge が 0)、許可規則はポリシーで追加する必要があります",
    ),
    "firewall_stopped": Text(
        "the service of Windows Firewall (mpssvc) is not running",
        "Windows ファイアウォールのサービス (mpssvc) が実行されていません",
    ),
    "firewall_running": Text(
        "the service of Windows Firewall (mpssvc) is running",
        "Windows ファイアウォールのサービス (mpssvc) は実行されています",
    ),
    "no_rule_blocks": Text(
        "no Windows Firewall rule of the local, policy and MDM stores blocks it; service hardening rules and filters of "
        "other programs (WFP) were not read",
        "ローカル、ポリシー、MDM の各ストアに、ブロックしている Windows ファイアウォールの規則はありません。サービスのセキュリティ強化規則と他のプログラムのフィルター (WFP) は確認していません",
    ),
    "others_get_out": Text(
        "{code} although curl.exe reaches MAPS over the same route; a rule or filter may stop Defender alone",
        "curl.exe は同じ経路で MAPS に到達できるのに、{code}。規則またはフィルターが Defender だけを止めている可能性があります",
    ),
    "no_default_blocks": Text(
        "Windows Firewall does not block it by default", "Windows ファイアウォールの既定ではブロックされません"
    ),
    "firewall_unknown": Text(
        "the verdict of Windows Firewall is unknown (rules with conditions, or rules that could not be read)",
        "Windows ファイアウォールの判定が不明です (条件付きの規則か、読み取れない規則があります)",
    ),
    # code and state together
    "code_no_proxy": Text(
        "{code} and the machine has no WinHTTP proxy", "{code}。また、システム全体の WinHttp プロキシがありません"
    ),
    "code_defender_proxy_only": Text(
        "{code} and the machine has no WinHTTP proxy, while Defender itself has the proxy {proxy} ({store})",
        "{code}。また、システム全体の WinHttp プロキシがなく、Defender 自身にはプロキシ {proxy} ({store}) があります",
    ),
    "code_no_way_out": Text(
        "{code} and no proxy is set anywhere, so there may be no route to the internet",
        "{code}。また、どこにもプロキシが構成されていないため、インターネットへの経路がない可能性があります",
    ),
    "code_proxy_unreadable": Text(
        "{code}, and whether a WinHTTP proxy is set is unknown, because the stored settings cannot be read ({problem})",
        "{code}。また、保存された設定を読み取れないため、WinHttp プロキシの有無は不明です ({problem})",
    ),
    "code_though_proxy": Text(
        "{code} although a machine-wide proxy is set", "システム全体のプロキシがあるのに、{code}"
    ),
    "code_with_proxy": Text("{code} with the proxy {proxy} set", "プロキシ {proxy} が構成された状態で、{code}"),
    "code_with_password": Text(
        "{code} with the proxy {proxy} set; a proxy that requires authentication gives the same result",
        "プロキシ {proxy} が構成された状態で、{code}。プロキシが認証を要求する場合も同じ結果になります",
    ),
    # probes
    "directly": Text("without a proxy", "プロキシなしで"),
    "directly_by_bypass": Text(
        "without the proxy, because its bypass list exempts it", "バイパス一覧で除外されているためプロキシなしで"
    ),
    "by_proxy": Text("via {proxy}", "{proxy} 経由で"),
    "not_resolved": Text(
        "the name in {url} does not resolve on this host", "このデバイスでは {url} の名前を解決できません"
    ),
    "proxy_silent": Text("the proxy does not answer: {url} {way}", "プロキシが応答しません: {way} {url}"),
    "proxy_answers": Text("the proxy answers: {url} {way}", "プロキシは応答します: {way} {url}"),
    "proxy_let_in": Text("the proxy did not require authentication", "プロキシは認証を要求しませんでした"),
    "proxy_resolves": Text("with a proxy, the proxy resolves names", "プロキシがあれば、名前はプロキシが解決します"),
    "resolved_but_stopped": Text("the name in {url} resolves", "{url} の名前は解決できます"),
    "wants_password": Text("{url} {way}: 407, authentication required", "{way} {url}: 407 (認証が必要)"),
    "stopped_on_the_way": Text("{url} cannot be reached {way}", "{way} {url} に到達できません"),
    "list_missing": Text("the revocation list {url} can't be downloaded {way}", "{way} CRL {url} を取得できません"),
    "lists_arrive": Text("the revocation lists can be downloaded", "CRL を取得できます"),
    "says_offline": Text(
        "Windows reports the revocation server as offline (0x80092013)",
        "失効サーバーがオフラインと報告されています (0x80092013)",
    ),
    "way_open": Text("a TLS connection to MAPS is possible", "MAPS への TLS 接続は可能です"),
    "all_reached": Text(
        "a TLS connection to MAPS is possible, and the revocation lists can be downloaded",
        "MAPS への TLS 接続が可能で、CRL も取得できます",
    ),
    "candidate_opens": Text("MAPS can be reached via {proxy}", "{proxy} 経由では MAPS に到達できます"),
    "candidate_brings_lists": Text(
        "the revocation lists can be downloaded via {proxy}", "{proxy} 経由では CRL を取得できます"
    ),
    "candidate_refuses": Text(
        "the suggested proxy answers but blocks the connection: {url} {way}",
        "指定されたプロキシは応答しますが、接続を許可しません: {way} {url}",
    ),
    "candidate_lacks_lists": Text(
        "the list can't be downloaded through the suggested proxy either: {url} {way}",
        "指定されたプロキシ経由でも取得できません: {way} {url}",
    ),
    "foreign_issuer": Text(
        "the presented certificate was issued by {issuer}", "提示された証明書の発行者は {issuer} です"
    ),
    "microsofts_issuer": Text(
        "the presented certificate was issued by Microsoft", "提示された証明書の発行者は Microsoft です"
    ),
    "names_no_list": Text(
        "the presented certificate names no revocation list (0x80092012)",
        "提示された証明書に CRL の場所がありません (0x80092012)",
    ),
    "names_list": Text(
        "the presented certificate names a revocation list", "提示された証明書には CRL の場所があります"
    ),
    "untrusted": Text("the presented certificate is not trusted", "提示された証明書が信頼されていません"),
    "untrusted_though_root": Text(
        "the presented certificate is not trusted although Microsoft's root certificate is present",
        "Microsoft のルート証明書があるのに、提示された証明書が信頼されていません",
    ),
    "root_absent": Text(
        "Microsoft's root certificate is not in the machine's store",
        "Microsoft のルート証明書がコンピューターのストアにありません",
    ),
    "root_absent_for_good": Text(
        "Microsoft's root certificate is not in the machine's store, and DisableRootAutoUpdate prevents its download",
        "Microsoft のルート証明書がコンピューターのストアになく、DisableRootAutoUpdate のため自動的にも取得されません",
    ),
    "root_absent_and_untrusted": Text(
        "Microsoft's root certificate is not in the machine's store, and the presented certificate is not trusted",
        "Microsoft のルート証明書がコンピューターのストアになく、提示された証明書が信頼されていません",
    ),
    "root_present": Text(
        "Microsoft's root certificate is in the machine's store",
        "Microsoft のルート証明書がコンピューターのストアにあります",
    ),
    "offline_and_aged": Text(
        "Windows reports the revocation server as offline although the lists can be downloaded, and the list of "
        "untrusted certificates was last synchronized {n} days ago",
        "CRL を取得できるのに失効サーバーがオフラインと報告され、信頼されていない証明書の一覧は {n} 日前から同期されていません",
    ),
    "list_aged": Text(
        "the list of untrusted certificates was last synchronized {n} days ago",
        "信頼されていない証明書の一覧は {n} 日前から同期されていません",
    ),
    "list_fresh": Text(
        "the list of untrusted certificates was synchronized today",
        "信頼されていない証明書の一覧は 1 日以内に同期されています",
    ),
    "tls_stands": Text(
        "TLS to MAPS works, including the revocation check", "失効チェックを含め、MAPS への TLS 接続が成功します"
    ),
}

PHRASES: dict[str, Text] = {
    **RECORDED,
    "answered": Text("MAPS is reachable. No action is needed.", "MAPS に接続できます。対応は不要です。"),
    "callers_proxy": Text(
        "This account has its own proxy that SYSTEM does not have, so the result may not apply to Defender; check as "
        "SYSTEM.",
        "確認に使用したアカウントには SYSTEM にはないプロキシ設定があるため、Defender の結果とは異なる可能性があります。SYSTEM として確認してください。",
    ),
    "though": Text("However: {evidence}.", "ただし: {evidence}。"),
    "not_validated": Text(
        "Nothing in the host's state prevents the connection; only a validation can confirm it.",
        "デバイスの状態に接続を妨げるものはありません。実際に接続できるかどうかは検証で確認してください。",
    ),
    "confidence": Text("Confidence: {confidence}.", "確度: {confidence}。"),
    "confidence_certain": Text("certain", "確実"),
    "confidence_likely": Text("likely", "可能性が高い"),
    "confidence_possible": Text("possible", "可能性あり"),
    "confidence_none": Text("none", "なし"),
    "evidence": Text("Evidence: {evidence}.", "根拠: {evidence}。"),
    "also": Text("Also: {titles}.", "ほかの原因: {titles}。"),
    "also_possible": Text("Also possible: {titles}.", "ほかに考えられる原因: {titles}。"),
    "one_of": Text(
        "Could be any of: {titles}. To find out: {probe}.",
        "次のいずれかが原因と考えられます: {titles}。特定する方法: {probe}。",
    ),
    "next_by_module": Text("Next step: {text} ({module}).", "次の手順: {text} ({module})。"),
    "next_by_person": Text("Next step: {text}; ask {who}.", "次の手順: {text} (依頼先: {who})。"),
    "first_cure": Text("fix first: {titles}", "先に解決するもの: {titles}"),
    "tamper": Text(
        "Tamper protection is on, so Defender may reject changes to its settings.",
        "改ざん防止が有効なため、Defender が設定の変更を拒否することがあります。",
    ),
    "policy_values": Text(
        "A policy value is set ({names}); its source may write it again.",
        "ポリシーの値 ({names}) が設定されています。設定元によって再び書き込まれることがあります。",
    ),
    "cached_proxy": Text(
        "Defender has stored a proxy that worked ({proxy}) and may still use it, so validate again after some minutes "
        "when a proxy has changed.",
        "Defender は以前に接続できたプロキシ ({proxy}) を保存しており、引き続き使用することがあります。プロキシを変更した場合は、数分後にもう一度検証してください。",
    ),
    "proxy_credentials": Text(
        "A proxy in {stores} contains a user name and a password, which WinHTTP does not take there and which every "
        "account of the host may be able to read; remove them and change the password.",
        "{stores}のプロキシにユーザー名とパスワードが含まれています。WinHttp では使用されず、デバイスのすべてのアカウントから読み取られるおそれがあります。削除し、パスワードを変更してください。",
    ),
    # the plan and the report
    "reason": Text("{explanation} Evidence: {evidence}.", "{explanation}根拠: {evidence}。"),
    "reason_ask": Text(" What to do: {asks}.", "対応: {asks}。"),
    "ask": Text("ask {who} to {text}", "{who}に依頼: {text}"),
    "not_tried": Text(" Not tried: {hints}.", "試していないこと: {hints}。"),
    "hint_proxy": Text(
        "no proxy was given (remediate_winhttp_proxy)", "プロキシが指定されていません (remediate_winhttp_proxy)"
    ),
    "candidate_dead": Text(
        "The proxy {proxy} (remediate_winhttp_proxy) does not answer from this host, so it was not set.",
        "プロキシ {proxy} (remediate_winhttp_proxy) がこのデバイスからの接続に応答しないため、設定しませんでした。",
    ),
    "hint_loosening": Text(
        "relaxing SSLOptions was not allowed (remediate_ssl_options_workaround)",
        "SSLOptions の緩和が許可されていません (remediate_ssl_options_workaround)",
    ),
    "unknown_code": Text("unknown code", "不明なコードです"),
    "step_firewall": Text(
        "Windows Firewall blocks by default: {evidence}",
        "Windows ファイアウォールの既定でブロックされています: {evidence}",
    ),
    "step_proxy": Text(
        "{why}, so the CRL cannot be downloaded; this is the solution that Microsoft prefers",
        "{why}、CRL を取得できません。ソリューション (推奨)",
    ),
    "step_root": Text(
        "the root certificate may be missing and cannot be downloaded; the lists are then downloaded from {url}, "
        "Microsoft's second choice",
        "ルート証明書がない可能性があり、ダウンロードもできません。一覧を {url} から取得します。ソリューション (優先 2)",
    ),
    "proxy_is": Text("WinHTTP uses {proxy}", "WinHTTP が {proxy} を使用しているため"),
    "proxy_bypassed": Text(
        "the bypass list of the proxy exempts MAPS or the revocation lists",
        "プロキシのバイパス一覧で MAPS または CRL が除外されているため",
    ),
    "proxy_not_usable": Text(
        "the proxy {proxy} that is set cannot be used", "設定されたプロキシ {proxy} は使用できないため"
    ),
    "proxy_none": Text("no machine-wide WinHTTP proxy is set", "システム全体の WinHttp プロキシが構成されていないため"),
    "proxy_unreadable": Text(
        "the stored WinHTTP settings cannot be read", "保存された WinHTTP の設定を読み取れないため"
    ),
    "step_ssl": Text(
        "the workaround is allowed ({workaround}): SSLOptions {target}, used only for codes that an unreachable CRL "
        "causes",
        "回避策が許可されています ({workaround}): SSLOptions {target}。CRL に到達できないことを示すコードの場合にのみ使用します",
    ),
    "since": Text("Fixed by: {steps}. MAPS is reachable.", "次の手順で解決しました: {steps}。MAPS に接続できます。"),
    "answers": Text("MAPS is reachable.", "MAPS に接続できます。"),
    "tried": Text(" Tried without success: {steps}.", "試しても解決しなかった手順: {steps}。"),
    "what_else": Text(" Other solutions: {ways}.", "ほかの解決策: {ways}。"),
    "way_by_person": Text("{text} (ask {who})", "{text} (依頼先: {who})"),
    "way_by_module": Text("{text} ({module})", "{text} ({module})"),
    "cause_none": language_causes.CAUSES["none"].explanation,
    "cause_none_title": language_causes.CAUSES["none"].title,
}


_ALL = {**PHRASES, **OWNERSHIP, **EVIDENCE}


def render(said: Message, language: str) -> str:
    """A sentence in a language of `words.LANGUAGES`."""
    return worded(said, language, _ALL)
