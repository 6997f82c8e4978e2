"""How it is worded what Windows has already written of the connection, and what follows where nothing was run."""

from __future__ import annotations

from .message import Text

RECORDED: dict[str, Text] = {
    "recorded_success_at": Text(
        "Windows recorded the last connection to MAPS at {success} (UTC).",
        "Windows の記録では、MAPS への最後の接続は {success} (UTC) です。",
    ),
    "recorded_failing": Text(
        "Windows recorded the last connection to MAPS at {success}, the first failure after it that is still known at "
        "{first}, and the last failure at {failure} (UTC).",
        "Windows の記録では、MAPS への最後の接続は {success}、その後に残っている最初の失敗は {first}、最後の失敗は {failure} (UTC) です。",
    ),
    "recorded_only_failures": Text(
        "Windows recorded no connection to MAPS; the first failure that is still known was at {first}, the last at "
        "{failure} (UTC).",
        "Windows には MAPS への接続の記録がありません。残っている最初の失敗は {first}、最後の失敗は {failure} (UTC) です。",
    ),
    "recorded_count": Text(
        "In the last {days} days it recorded {count} failures of MAPS.",
        "過去 {days} 日間に MAPS の失敗が {count} 件記録されています。",
    ),
    "recorded_count_at_least": Text(
        "In the last {days} days it recorded at least {count} failures of MAPS.",
        "過去 {days} 日間に MAPS の失敗が少なくとも {count} 件記録されています。",
    ),
    "recorded_updates": Text(
        "{count} updates of signatures failed in this time, the last one with {code} ({meaning}).",
        "この期間に定義の更新が {count} 件失敗しました。最後のコードは {code} ({meaning}) です。",
    ),
    "nothing_run": Text(
        "Nothing was run on the host: this follows from what is stored there.",
        "デバイスでは何も実行していません。保存されている内容からの判断です。",
    ),
    "recorded_success": Text(
        "MAPS is likely reachable, because the last entry of Windows is a connection and is recent. Only a validation "
        "proves it.",
        "Windows の最新の記録が最近の接続であるため、MAPS に接続できる可能性が高いと考えられます。確認には検証が必要です。",
    ),
    "recorded_failure": Text(
        "MAPS is likely not reachable, because the last entry of Windows is a failure and is recent.",
        "Windows の最新の記録が最近の失敗であるため、MAPS に接続できない可能性が高いと考えられます。",
    ),
    "nothing_recorded": Text(
        "Whether MAPS is reachable is not known: Windows recorded neither a connection nor a failure that can be read.",
        "MAPS に接続できるかどうかは不明です。読み取れる接続または失敗の記録が Windows にありません。",
    ),
    "recorded_long_ago": Text(
        "Whether MAPS is reachable is not known: the last entry of Windows is older than a day.",
        "MAPS に接続できるかどうかは不明です。Windows の最新の記録は 1 日以上前のものです。",
    ),
    "recorded_in_the_future": Text(
        "Whether MAPS is reachable is not known: the last entry of Windows is in the future of the host's own clock.",
        "MAPS に接続できるかどうかは不明です。Windows の最新の記録がデバイスの時刻より未来になっています。",
    ),
    "assumed_contradictory": Text(
        "Whether MAPS is reachable is not known: Windows recorded a recent connection, but {title}.",
        "MAPS に接続できるかどうかは不明です。最近の接続が記録されていますが、次の状態です: {title}。",
    ),
    "assumed_broken": Text("MAPS is not reachable, because {title}.", "MAPS に接続できません。原因: {title}。"),
    "assumed_not_applicable": Text(
        "There is nothing to reach, because {title}.", "接続の対象がありません。理由: {title}。"
    ),
}
