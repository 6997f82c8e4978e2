"""The words of the block that ends every playbook, in every language. What requests are called, the data says."""

from __future__ import annotations

from collections.abc import Mapping

from .._domain.language import Text, causes as language_causes, solutions as language_solutions

OUTCOMES: Mapping[str, tuple[Text, Text]] = {
    "healthy": (
        Text("healthy", "正常"),
        Text("MAPS is reachable; nothing was changed.", "MAPS に接続できます。変更はありません。"),
    ),
    "repaired": (
        Text("repaired", "修復済み"),
        Text("MAPS was not reachable before the run and is now.", "実行前は MAPS に接続できず、現在は接続できます。"),
    ),
    "restored": (
        Text("restored", "復元済み"),
        Text("The changes of the run were undone.", "実行による変更を元に戻しました。"),
    ),
    "restorable": (
        Text("to be restored", "復元の対象"),
        Text(
            "Check mode: the changes of the run would be undone.", "チェック モード: 実行による変更が元に戻されます。"
        ),
    ),
    "planned": (
        Text("repair possible", "修復の候補あり"),
        Text(
            "There are steps to try; nothing was changed. Only a repair shows whether they help.",
            "試すべき手順があります。変更はありません。効果は修復を実行しないと分かりません。",
        ),
    ),
    "not_started": (
        Text("not started", "未実行"),
        Text("The run ended before it came to the host.", "デバイスの処理の前に実行が終了しました。"),
    ),
    "open": (
        Text("not reachable", "接続不可"),
        Text("MAPS is not reachable from the host.", "デバイスから MAPS に接続できません。"),
    ),
    "not_repairable": (
        Text("manual action required", "手動の対応が必要"),
        Text(
            "This cannot be fixed on the host; another team has to act.",
            "デバイス上では解決できません。他の担当者の対応が必要です。",
        ),
    ),
    "failed": (
        Text("failed", "失敗"),
        Text("A task failed, or the host ended up worse than before.", "タスクが失敗したか、実行前より悪い状態です。"),
    ),
    "unknown_run": (
        Text("run not in journal", "記録にない実行"),
        Text("The journal of the host does not contain this run.", "デバイスの記録にこの実行がありません。"),
    ),
    "unchanged": (
        Text("nothing to undo", "復元の対象なし"),
        Text(
            "The run changed nothing on the host, or was already undone.",
            "この実行による変更がないか、すでに元に戻されています。",
        ),
    ),
    "not_applicable": (
        Text("not applicable", "対象外"),
        Text(
            "Cloud protection is not in use: another antivirus, or MAPS is off.",
            "クラウド保護が使用されていません (別のウイルス対策製品、または MAPS が無効)。",
        ),
    ),
    "unreachable": (
        Text("not reached", "到達不可"),
        Text(
            "The host could not be reached, so there is no data about it.", "デバイスに接続できず、データがありません。"
        ),
    ),
}
"""Outcome -> its name and its meaning, in the order in which they are shown."""

STEPS: Mapping[str, Text] = {
    "winhttp_proxy": Text("set the WinHTTP proxy", "WinHTTP プロキシの設定"),
    "defender_proxy": Text("set Defender's own proxy", "Defender 自身のプロキシの設定"),
    "firewall": Text("allow Defender through Windows Firewall", "Windows ファイアウォールでの Defender の許可"),
    "root_update": Text("redirect the automatic root update", "ルート証明書の自動更新のリダイレクト"),
    "ssl_options": Text("relax SSLOptions", "SSLOptions の緩和"),
    "maps_on": Text("turn cloud protection on", "クラウド保護の有効化"),
    "tighten": Text("restore SSLOptions", "SSLOptions の復元"),
    "rollback": Text("undo the run", "実行の取り消し"),
}
KINDS: Mapping[str, Text] = {
    "assess": Text("Assessment", "診断"),
    "remediate": Text("Repair", "修復"),
    "rollback": Text("Rollback", "ロールバック"),
    "validate": Text("Validation", "検証"),
}
TITLE = Text("{kind}: {hosts}", "{kind}: {hosts}")
TITLE_RUN = Text("{kind} {run}: {hosts}", "{kind} {run}: {hosts}")
HOST = Text("1 host", "1 台")
HOSTS = Text("{number} hosts", "{number} 台")
CHECK_MODE = Text("; check mode, nothing was changed", "。チェック モードのため変更なし")
OUTCOME_HEAD = Text("Hosts by outcome", "結果別のデバイス数")
CAUSE_HEAD = Text("Causes", "原因")
TODO_HEAD = Text("Who must do what", "対応が必要な担当者と内容")
CHANGED_HEAD = Text("Changed", "変更")
WOULD_CHANGE_HEAD = Text("Would change", "変更の予定")
DIFF_HEAD = Text("Differences", "差分")
HOST_HEAD = Text("Hosts", "デバイス")
NOTHING = Text("nothing", "なし")
REPORT_HEAD = Text("Report", "レポート")
UNDO_HEAD = Text("Undo this run", "この実行の取り消し")
INSPECT_HEAD = Text("Look closer at one host", "1 台の詳細の確認")
TOO_LONG = Text("(the command is too long to be shown here)", "(コマンドが長すぎるため表示できません)")
FOR_EXAMPLE = Text("{cause}, for example {name}", "{cause}、例: {name}")
REPAIRED = Text("{number} repaired", "修復済み {number}")
MORE = Text(" and {number} more", "、ほか {number}")
WITH_CAUTIONS = Text("With cautions: {number}.", "注意あり: {number} 台。")
OTHER_OUTCOMES = Text("other outcomes: {names}", "その他の結果: {names}")
OTHER_CAUSES = Text("other causes: {names}", "その他の原因: {names}")
OTHER_STEPS = Text("other steps: {names}", "その他の手順: {names}")
REQUESTS = Text("{number} requests, shown with -v", "要請 {number} 件 (-v で表示)")
ALSO = Text("also: {names}", "その他の担当者: {names}")
HELPED = Text("helped", "効果あり")
NOT_HELPED = Text("did not help", "効果なし")
UNDONE = Text("undone", "取り消し済み")
NOT_CHANGED = Text("not changed", "変更なし")

YOU = Text("you", "実行者")
AUTOMATION = Text("the automation's owner", "自動化の担当者")
WITH_MODULE = Text("{text} ({module})", "{text} ({module})")
RUN_AGAIN = Text("run this again without --check to repair", "--check を付けずに再実行して修復する")
BEGIN_AGAIN = Text(
    "find out why no further wave began, and run this again", "次の段階が始まらなかった理由を調べ、再実行する"
)
REPAIR = Text("repair with windefend.maps.remediate", "windefend.maps.remediate で修復する")
ASSESS = Text("find the cause with windefend.maps.assess", "windefend.maps.assess で原因を調べる")
LOOK = Text(
    "look closer at the host; the run does not say who must act", "デバイスの詳細を確認する (担当者は特定できていない)"
)
FAILED = Text("correct what failed and run again: {reason}", "失敗の原因を修正して再実行する: {reason}")
REACH = Text(
    "let Ansible connect to the host and run again: {reason}", "Ansible が接続できるようにして再実行する: {reason}"
)
OTHER_REASONS = Text("each for another reason, which -v shows", "理由はホストごとに異なる (-v で表示)")
RESTORE = Text(
    "checks are relaxed (SSLOptions): remove the cause, then run windefend.maps.remediate, which restores them",
    "検査が緩和されている (SSLOptions): 原因を取り除き、windefend.maps.remediate を実行して元に戻す",
)
NAME_A_RUN = Text("name a run that the journal has: {runs}", "記録にある実行を指定する: {runs}")
NO_RUNS = Text("there is none", "記録なし")

OWNER = language_solutions.OWNER
CAUTIONS: Mapping[str, tuple[Text, Text]] = {
    "roots_frozen": (
        language_solutions.BASELINE_OWNER,
        Text(
            "let Windows update root certificates again: set DisableRootAutoUpdate to 0, or RootDirUrl to a server with the lists",
            "ルート証明書を更新できるようにする: DisableRootAutoUpdate を 0 に戻すか、RootDirUrl に一覧のサーバーを設定する",
        ),
    ),
    "checks_loosened": (
        language_solutions.SECURITY_TEAM,
        Text(
            "find out who relaxed the checks of the connection to MAPS (SSLOptions), and restore them",
            "MAPS への接続の検査 (SSLOptions) を緩和した担当者を確認し、元に戻す",
        ),
    ),
    "clock_drifting": (language_solutions.OWNER, language_solutions.SOLUTIONS["set_clock"].text),
    "signatures_old": (
        language_solutions.DEFENDER_OWNER,
        Text("find out why Defender's signatures are not updated", "Defender の定義ファイルが更新されない原因を調べる"),
    ),
    "lists_from_cache": (language_solutions.PROXY_TEAM, language_solutions.SOLUTIONS["allow_lists"].text),
    "proxy_service_off": (
        language_solutions.BASELINE_OWNER,
        language_solutions.SOLUTIONS["enable_proxy_service"].text,
    ),
}
"""What may break the connection of a host later -> who must act, and what they must do."""
SECURITY_TEAM = language_solutions.SECURITY_TEAM
CAUSES = language_causes.CAUSES


def outcome(name: str, language: str) -> str:
    """An outcome as people read it; one that is not known by its own name."""
    return OUTCOMES[name][0].get(language) if name in OUTCOMES else name.replace("_", " ")


def step(name: str, language: str) -> str:
    """A step as people read it."""
    return STEPS[name].get(language) if name in STEPS else name.replace("_", " ")
