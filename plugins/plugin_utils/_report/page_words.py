"""The words of a report, in every language: those of the page, its program, the tables and the requests.

`{name}` stands for a value. What hosts, outcomes, causes and steps are called is in `closing_words` and in the domain.
"""

from __future__ import annotations

from collections.abc import Mapping

from .._domain.language import Text
from .table_words import HISTORY, REQUESTS, TABLES

OVERVIEW: Mapping[str, Text] = {
    "title": Text("MAPS connection report", "MAPS 接続レポート"),
    "about": Text(
        "MAPS is Microsoft's cloud service that Defender Antivirus asks about files it does not know. A host that does not "
        "reach it does not have cloud protection.",
        "MAPS は、Defender ウイルス対策が未知のファイルについて問い合わせる Microsoft のクラウド サービスです。接続できないデバイスではクラウド保護が機能しません。",
    ),
    "skip": Text("Skip to the hosts", "デバイスの一覧へ移動"),
    "result": Text("Result", "結果"),
    "sentence": Text(
        "MAPS is reachable from {reached} of {in_scope} in scope ({percent}).",
        "対象のデバイス {in_scope}のうち {reached} 台が MAPS に接続できます ({percent})。",
    ),
    "sentence_before": Text("Before the run: {before}.", "実行前は {before} 台でした。"),
    "nothing_in_scope": Text("No host is in scope.", "対象のデバイスはありません。"),
    "checked_only": Text("Check mode: nothing was changed.", "チェック モードのため、変更はありません。"),
    "checked_some": Text("{number} of them ran in check mode.", "うち {number} 台はチェック モードです。"),
    "with_cautions": Text("{number} healthy with cautions.", "正常 (注意あり) が {number} 台あります。"),
    "goal_met": Text("Goal met: {goal} of the hosts in scope", "目標達成: 対象のデバイスの {goal}"),
    "goal_missed": Text("Goal not met: {goal} of the hosts in scope", "目標未達: 対象のデバイスの {goal}"),
    "stopped": Text("The run was stopped: {reason}", "実行は中止されました: {reason}"),
    "reachable": Text("reachable", "接続可能"),
    "not_reachable": Text("not reachable", "接続不可"),
    "unknown": Text("unknown", "不明"),
    "not_in_scope": Text("not in scope", "対象外"),
    "of_hosts": Text("of {hosts}", "{hosts}中"),
    "unused_and_excluded": Text(
        "MAPS not in use: {unused}; excluded: {excluded}", "MAPS 未使用: {unused}、除外: {excluded}"
    ),
    "no_data": Text("no data", "データなし"),
    "before_was": Text("before: {number}", "実行前: {number}"),
    "repaired_by_run": Text("repaired by this run", "今回修復"),
    "planned": Text("repair possible", "修復の候補あり"),
    "failed": Text("failed", "失敗"),
    "relaxed_hosts": Text("with relaxed checks", "検査を緩和中"),
    "cautions": Text("with cautions", "注意あり"),
    "todo": Text("What is left to do", "残っている作業"),
    "todo_none": Text("Nothing is left to do.", "残っている作業はありません。"),
    "who": Text("who", "担当者"),
    "what": Text("what", "内容"),
    "hosts": Text("hosts", "デバイス"),
    "request": Text("Request", "依頼文"),
    "todo_more": Text(
        "{number} more requests are on the pages of the hosts.",
        "ほか {number} 件の依頼は各デバイスのページにあります。",
    ),
    "copy": Text("Copy", "コピー"),
    "copied": Text("Copied", "コピーしました"),
    "reach": Text("Is MAPS reachable?", "MAPS に接続できるか"),
    "reach_caption": Text(
        "Hosts by whether they reach MAPS, before and after", "MAPS への接続状況別のデバイス数 (実行前と実行後)"
    ),
    "before": Text("before", "実行前"),
    "after": Text("after", "実行後"),
    "now": Text("now", "現在"),
    "causes": Text("Causes", "原因"),
    "causes_caption": Text(
        "Causes, with the number of hosts that are repaired and open", "原因と、修復済みおよび未解決のデバイス数"
    ),
    "cause": Text("cause", "原因"),
    "repaired": Text("repaired", "修復済み"),
    "open": Text("open", "未解決"),
    "no_causes": Text("No causes were found.", "原因は見つかりませんでした。"),
    "documentation": Text("documentation", "ドキュメント"),
    "causes_more": Text(
        "{causes} more causes with {hosts} are in the list below.",
        "ほかに {causes} 件の原因 ({hosts}) が下の一覧にあります。",
    ),
    "causes_apart": Text("{hosts}: cloud protection not in use", "{hosts}: クラウド保護が使用されていません"),
    "lost": Text(
        "{hosts} could not be reached; there is no data about them.", "{hosts}に到達できず、データがありません。"
    ),
    "groups_more": Text(
        "The {number} of {all} with the most hosts that cannot reach MAPS.",
        "{all} 件のうち、接続できないデバイスが多い {number} 件を表示しています。",
    ),
    "site": Text("site", "拠点"),
    "sites": Text("Sites", "拠点"),
    "no_group": Text("none", "なし"),
    "by_group": Text("By {group}", "{group} 別"),
    "excluded": Text("Excluded hosts", "除外されたデバイス"),
    "excluded_note": Text(
        "{hosts} of the inventory were not part of the run:", "インベントリのうち {hosts}は実行の対象ではありません:"
    ),
    "excluded_more": Text(
        "and {number} more; the JSON report names all of them", "ほか {number} 台 (JSON のレポートにすべて記載)"
    ),
    "runs": Text("Runs", "実行"),
    "run": Text("run", "実行"),
    "kind": Text("what", "種類"),
    "version": Text("version", "バージョン"),
    "finished": Text("finished", "完了"),
    "undo": Text("Undo the run {run}", "実行 {run} の取り消し"),
    "noscript": Text(
        "The list of hosts and the pages of the hosts need JavaScript. The JSON and CSV of the same run contain the same data.",
        "デバイスの一覧と各デバイスのページには JavaScript が必要です。同じデータは JSON と CSV にもあります。",
    ),
    "list_label": Text("Hosts", "デバイス"),
    "pages_label": Text("Pages of the list", "一覧のページ"),
    "source": Text(
        "From a report of windefend.maps {version}, schema {schema}. This page loads nothing from elsewhere.",
        "windefend.maps {version} のレポート (スキーマ {schema})。このページは外部から何も読み込みません。",
    ),
    "no_dates": Text("{hosts}; the data has no dates", "{hosts}。データに日時がありません"),
    "from_to": Text("{hosts}, checked from {first} to {last}", "{hosts}、確認日: {first} から {last} まで"),
    "at": Text("{hosts}, checked on {day} at {time} UTC", "{hosts}、確認日時: {day} {time} (UTC)"),
    "between": Text(
        "{hosts}, checked on {day} between {first} and {last} UTC", "{hosts}、確認日時: {day} {first} から {last} (UTC)"
    ),
    "check_note": Text(
        "Check mode changes nothing and validates nothing again, so these hosts are shown as they were found.",
        "チェック モードでは変更も再検証も行わないため、デバイスは確認した時点の状態で表示されています。",
    ),
}
"""The overview, which is there without a program, too."""

LIST: Mapping[str, Text] = {
    "before": Text("before", "実行前"),
    "after": Text("after", "実行後"),
    "now": Text("now", "現在"),
    "site": Text("site", "拠点"),
    "documentation": Text("documentation", "ドキュメント"),
    "one_host": Text("1 host", "1 台"),
    "many_hosts": Text("{number} hosts", "{number} 台"),
    "some_of": Text("{number} of {hosts}", "{hosts}中 {number} 台"),
    "list_caption": Text("Hosts; the buttons in the head sort them", "デバイス (見出しのボタンで並べ替え)"),
    "col_host": Text("host", "デバイス"),
    "col_outcome": Text("outcome", "結果"),
    "col_who": Text("who must act", "担当者"),
    "col_steps": Text("steps", "手順"),
    "col_relaxed": Text("relaxed", "緩和"),
    "no_match": Text(
        "No host matches. Clear the filters to see all of them.",
        "一致するデバイスはありません。条件をクリアするとすべて表示されます。",
    ),
    "showing": Text("; showing {from} to {to}", "、{from}～{to} を表示"),
    "printed": Text("; the first {number} are printed", "、最初の {number} 台を印刷"),
    "with_request": Text(" with the request: {text}", "、依頼: {text}"),
    "previous": Text("Previous", "前へ"),
    "next": Text("Next", "次へ"),
    "page_of": Text("Page {page} of {pages}", "{page} / {pages} ページ"),
    "hosts_a_page": Text("Hosts a page ", "1 ページの件数 "),
    "all": Text("all", "すべて"),
    "clear": Text("Clear", "クリア"),
    "search": Text("Search (press / )", "検索 (/ キー)"),
    "f_outcome": Text("Outcome", "結果"),
    "f_cause": Text("Cause", "原因"),
    "f_groups": Text("groups", "まとめ"),
    "f_request": Text("Left to do", "残っている作業"),
    "f_relaxed": Text("relaxed checks", "検査を緩和中"),
    "g_connected": Text("MAPS reachable", "MAPS に接続可能"),
    "g_not_connected": Text("MAPS not reachable", "MAPS に接続不可"),
    "g_not_known": Text("no data", "データなし"),
    "g_open": Text("still open", "未解決"),
    "export": Text("Export this list (CSV)", "この一覧を CSV で保存"),
    "state_connected": Text("connected", "接続済み"),
    "state_unknown": Text("unknown", "不明"),
    "state_no_answer": Text("no answer", "応答なし"),
    "undone": Text("undone", "取り消し済み"),
    "if_needed": Text("if needed", "必要な場合のみ"),
    "no_change": Text("no change", "変更なし"),
    "changed": Text("changed", "変更"),
    "days_one": Text("1 day", "1 日"),
    "days_many": Text("{number} days", "{number} 日"),
    "days_none": Text("less than 1 day", "1 日未満"),
    "yes": Text("yes", "はい"),
    "no": Text("no", "いいえ"),
    "none": Text("none", "なし"),
    "not_set": Text("not set", "未設定"),
    "empty": Text("empty", "空"),
    "item": Text("item", "項目"),
    "comma": Text(", ", "、"),
}
"""The list of hosts, and what the program shares."""

HOST: Mapping[str, Text] = {
    "back": Text("Back to all hosts", "すべてのデバイスへ戻る"),
    "previous_host": Text("Previous: ", "前: "),
    "next_host": Text("Next: ", "次: "),
    "was_wrong": Text("What was wrong", "問題"),
    "was_fine": Text("What was found", "確認の結果"),
    "proof": Text("The proof", "根拠"),
    "was_done": Text("What was done", "実施した内容"),
    "nothing_done": Text("Nothing was changed.", "変更はありません。"),
    "is_true_now": Text("What is true now", "現在の状態"),
    "next_steps": Text("What is left to do", "残っている作業"),
    "in_detail": Text("In detail: each check, step and setting", "詳細: 各確認、手順、設定"),
    "ways": Text("Solutions, in the order of preference", "対処方法 (優先順)"),
    "happened": Text("What happened", "経過"),
    "checked": Text("Checked", "確認"),
    "as_system": Text(", checked as SYSTEM", " (SYSTEM として確認)"),
    "as_current": Text(", checked as the account that logged on", " (ログオンしたアカウントとして確認)"),
    "is_reachable": Text("MAPS is reachable{as}.", "MAPS に接続できます{as}。"),
    "is_unknown": Text("Whether MAPS is reachable is unknown.", "MAPS に接続できるかどうかは不明です。"),
    "is_not_reachable": Text("MAPS is not reachable{code}{as}.", "MAPS に接続できません{code}{as}。"),
    "evidence": Text("Evidence", "根拠"),
    "evidence_for": Text("Evidence for it", "支持する根拠"),
    "evidence_against": Text("Evidence against it", "反する根拠"),
    "exception_text": Text("Text for an exception request", "例外申請の文面"),
    "sources": Text("Sources: ", "出典: "),
    "causes_evidence": Text("Causes and evidence", "原因と根拠"),
    "also_possible": Text("Also possible", "ほかに考えられる原因"),
    "could_be": Text("Could be any of", "次のいずれか"),
    "or": Text(", or ", "、または "),
    "to_find_out": Text(". To find out: ", "。特定する方法: "),
    "unseen": Text(
        "Unknown: {number} other causes without evidence so far", "不明: 根拠のない原因がほかに {number} 件"
    ),
    "note": Text("Note", "注意"),
    "all_characters": Text("All {number} characters", "全 {number} 文字を表示"),
    "setting": Text("setting", "設定"),
    "step_changes": Text("What the step changed", "この手順による変更"),
    "only_if": Text("only if the previous step does not help", "前の手順で解決しない場合のみ"),
    "step_planned": Text("planned", "予定"),
    "helped": Text("MAPS was reachable afterward.", "その後、MAPS に接続できました。"),
    "not_helped": Text("MAPS was not reachable afterward{code}.", "その後も MAPS に接続できませんでした{code}。"),
    "outcome_is": Text("Outcome: {outcome}", "結果: {outcome}"),
    "seconds": Text("{number} s of tasks on the host", "デバイスでの処理時間 {number} 秒"),
    "requests_one": Text("1 request", "要求 1 件"),
    "requests_many": Text("{number} requests", "要求 {number} 件"),
    "kilobytes": Text("{number} KB", "{number} KB"),
    "state_table": Text("State before and after", "実行前後の状態"),
    "state_caption": Text("State of the host before and after", "デバイスの実行前後の状態"),
    "same_rows": Text("{number} settings that did not change", "変更のない設定 {number} 件"),
    "you_with": Text("you, with {module}", "実行者 ({module})"),
    "not_specified": Text("not specified", "未指定"),
    "debt_line": Text(
        "{what} is {value} and was {before}; turned off: {lost}. Since {since}, {days}.",
        "{what} は {value} です (以前は {before})。無効な検査: {lost}。{since} から {days}経過。",
    ),
    "earlier": Text("Earlier runs", "以前の実行"),
    "unknown_time": Text("unknown time", "日時不明"),
    "to": Text(" to ", "～"),
    "proxies": Text("Proxy of each route", "経路ごとのプロキシ"),
    "proxies_caption": Text(
        "The proxies of each route, in their order, and which one is in force",
        "経路ごとのプロキシ (優先順) と使用中のプロキシ",
    ),
    "route": Text("route", "経路"),
    "could_serve": Text("could serve it, in this order", "候補 (優先順)"),
    "in_force": Text("in force", "使用中"),
    "why": Text("why", "理由"),
    "none_stored": Text("none is stored", "保存なし"),
    "no_proxy": Text("no proxy", "プロキシなし"),
    "a_proxy_of": Text("a proxy of {store}", "{store} のプロキシ"),
    "not_certain": Text("Not certain: ", "未確定: "),
    "recorded": Text("As the run recorded it", "実行時の記録"),
    "certain": Text("certain", "確実"),
    "likely": Text("likely", "可能性が高い"),
    "possible": Text("possible", "可能性あり"),
}
"""The page of a host."""

FIELDS: Mapping[str, Text] = {
    "winhttp": Text("WinHTTP proxy", "WinHTTP プロキシ"),
    "winhttp.http": Text("WinHTTP proxy for http", "WinHTTP プロキシ (http)"),
    "winhttp.https": Text("WinHTTP proxy for https", "WinHTTP プロキシ (https)"),
    "winhttp.bypass_list": Text("WinHTTP bypass list", "WinHTTP のバイパス一覧"),
    "winhttp.direct": Text("no WinHTTP proxy", "WinHTTP プロキシなし"),
    "winhttp.present": Text("WinHTTP settings stored", "WinHTTP の設定の保存"),
    "winhttp.raw": Text("stored bytes", "保存されたバイト列"),
    "winhttp.raw_32": Text("stored bytes, 32-bit view", "保存されたバイト列 (32 ビット)"),
    "winhttp.problem": Text("problem with the stored bytes", "保存されたバイト列の問題"),
    "advanced": Text("advanced proxy settings", "詳細なプロキシ設定"),
    "advanced.http": Text("advanced proxy for http", "詳細設定のプロキシ (http)"),
    "advanced.https": Text("advanced proxy for https", "詳細設定のプロキシ (https)"),
    "advanced.bypass_list": Text("advanced bypass list", "詳細設定のバイパス一覧"),
    "advanced.auto_detect": Text("advanced: auto-detect", "詳細設定: 自動検出"),
    "advanced.autoconfig_url": Text("advanced: configuration URL", "詳細設定: 構成スクリプトの URL"),
    "advanced.per_user": Text("advanced: per-user settings", "詳細設定: ユーザーごとの設定"),
    "advanced.switched_off": Text("advanced: switched off", "詳細設定: 無効"),
    "ssl_options": Text("SSLOptions", "SSLOptions"),
    "firewall": Text("firewall verdict for MAPS", "MAPS に対するファイアウォールの判定"),
    "service_running": Text("Defender service running", "Defender サービスの実行"),
    "platform_version": Text("Defender platform", "Defender のプラットフォーム"),
    "build": Text("Windows build", "Windows のビルド"),
    "cost": Text("cost", "影響"),
}
"""What settings are called."""

ROUTES: Mapping[str, Text] = {
    "maps": Text("MAPS (Defender)", "MAPS (Defender)"),
    "revocation_lists": Text("Revocation lists", "証明書失効リスト"),
    "windows_update": Text("Windows Update", "Windows Update"),
    "sensor": Text("Sensor of Defender for Endpoint", "Defender for Endpoint のセンサー"),
}
STORES: Mapping[str, Text] = {
    "policy": Text("Defender's own (policy)", "Defender 自身 (ポリシー)"),
    "policy_manager": Text("Defender's own (Policy Manager)", "Defender 自身 (Policy Manager)"),
    "local": Text("Defender's own (local)", "Defender 自身 (ローカル)"),
    "defender": Text("Defender's own", "Defender 自身"),
    "winhttp": Text("WinHTTP", "WinHTTP"),
    "machine": Text("Internet settings of the machine", "コンピューターのインターネット設定"),
    "account": Text("Internet settings of SYSTEM", "SYSTEM のインターネット設定"),
    "telemetry": Text("TelemetryProxyServer", "TelemetryProxyServer"),
}
SECTIONS: Mapping[str, Mapping[str, Text]] = {
    "overview": OVERVIEW,
    "list": LIST,
    "host": HOST,
    "fields": FIELDS,
    "routes": ROUTES,
    "stores": STORES,
    "tables": TABLES,
    "requests": REQUESTS,
    "history": HISTORY,
}


class Words:
    """The words of one section in one language."""

    def __init__(self, section: str, language: str) -> None:
        self._texts, self.language = SECTIONS[section], language

    def __call__(self, name: str, **values: object) -> str:
        """A text with its values. Raises KeyError."""
        text = self._texts[name].get(self.language)
        return text.format(**values) if values else text


def hosts(number: int, language: str) -> str:
    """A number of hosts."""
    name = "one_host" if number == 1 else "many_hosts"
    return LIST[name].get(language).format(number=f"{number:,}")
