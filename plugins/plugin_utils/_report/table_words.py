"""The words of a report's tables, of the requests that can be sent, and of the history, in every language."""

from __future__ import annotations

from collections.abc import Mapping

from .._domain.language import Text

TABLES: Mapping[str, Text] = {
    "outcomes": Text("Outcomes", "結果"),
    "meaning": Text("meaning", "意味"),
    "not_applicable": Text("not applicable", "対象外"),
    "not_connected": Text("not connected", "未接続"),
    "open_hosts": Text("Hosts that cannot reach MAPS", "MAPS に接続できないデバイス"),
    "relaxed_hosts": Text("Hosts with relaxed checks", "検査を緩和中のデバイス"),
    "listed": Text(
        "The first {number} of {all}; the other formats list all of them.",
        "{all} 台のうち最初の {number} 台です。ほかの形式にはすべて記載されます。",
    ),
    "steps": Text("steps", "手順"),
    "cause_id": Text("cause id", "原因 ID"),
    "changes": Text("changes", "変更数"),
    "debt": Text("debt", "緩和"),
    "reason": Text("reason", "理由"),
    "started": Text("started", "開始"),
    "seconds": Text("seconds", "秒"),
    "requests": Text("requests", "要求数"),
    "bytes": Text("bytes", "バイト"),
    "step": Text("step", "手順"),
}
"""Tables for spreadsheets and tickets, and test results."""

REQUESTS: Mapping[str, Text] = {
    "to": Text("To: {who}", "宛先: {who}"),
    "subject": Text(
        "Subject: Microsoft Defender cannot reach its cloud service: {hosts}",
        "件名: Microsoft Defender がクラウド サービスに接続できません ({hosts})",
    ),
    "subject_caution": Text(
        "Subject: Microsoft Defender may lose its cloud service: {hosts}",
        "件名: Microsoft Defender のクラウド サービスへの接続に注意が必要です ({hosts})",
    ),
    "please": Text("Please do the following:", "次の対応をお願いします:"),
    "why": Text("Why:", "理由:"),
    "why_maps": Text(
        "Microsoft Defender Antivirus asks its cloud service (MAPS) about unknown files. Without it, new threats are detected later.",
        "Microsoft Defender ウイルス対策は、未知のファイルについてクラウド サービス (MAPS) に問い合わせます。接続できないと、新しい脅威の検出が遅れます。",
    ),
    "evidence": Text("Evidence:", "根拠:"),
    "for_hosts": Text("Hosts ({number}):", "デバイス ({number} 台):"),
    "checked": Text("Checked: {when}", "確認: {when}"),
    "file_title": Text("Requests to: {who}", "依頼: {who}"),
    "none_left": Text("Nothing is left to do for this team.", "この担当者に残っている作業はありません。"),
}
"""Requests that can be sent."""

HISTORY: Mapping[str, Text] = {
    "trend": Text("Over time", "推移"),
    "trend_caption": Text("Reachable hosts in each run", "実行ごとの接続可能なデバイス数"),
    "trend_text": Text(
        "{runs} runs from {first} to {last}; reachable then {from} of {from_all}, now {to} of {to_all}",
        "{first}から{last}までの {runs} 回の実行。接続可能: 最初は {from_all} 台中 {from} 台、現在は {to_all} 台中 {to} 台",
    ),
    "flapping": Text("Hosts that flap", "接続が不安定なデバイス"),
    "flapping_note": Text(
        "They changed between reachable and not reachable several times.", "接続可能と接続不可を繰り返しています。"
    ),
    "times": Text("{number} times", "{number} 回"),
    "broken_since": Text("Not reachable for the longest time", "接続できない期間が長いデバイス"),
    "since": Text("since {day}, {days}", "{day}から ({days})"),
    "relaxed_by_age": Text("Relaxed checks by age", "緩和中の検査 (古い順)"),
}
"""What comes from the history of runs."""
