"""How the stores of proxies are named, in every language."""

from __future__ import annotations

from .message import Text

PROXIES: dict[str, Text] = {
    "proxies_winhttp": Text("the WinHTTP settings", "WinHttp の設定"),
    "proxies_machine": Text("the machine's Internet settings", "コンピューターのインターネット設定"),
    "proxies_account": Text("the Internet settings of a service account", "サービス アカウントのインターネット設定"),
    "proxies_caller": Text("the Internet settings of this account", "このアカウントのインターネット設定"),
    "proxies_defender": Text("Defender's own settings", "Defender 自身の設定"),
    "own_policy": Text("the policy key", "ポリシー キー"),
    "own_policy_manager": Text("the key Policy Manager", "Policy Manager キー"),
    "own_local": Text("the product's own key", "製品自身のキー"),
    "step_own_proxy": Text(
        "Defender gets a proxy of its own ({proxy}), as requested; the revocation lists are not downloaded through it",
        "指定に従い、Defender 自身のプロキシ ({proxy}) を設定します。CRL の取得には使われません",
    ),
    "own_proxy_unclear": Text(
        "Defender's own proxy is set in {stores}, and no source says what of this Defender uses, so its route is not "
        "certain; keep one of these stores, and remove the values from the others",
        "Defender 自身のプロキシが{stores}に設定されています。"
        "Defender がどれを使うかを示す資料はないため、経路は確実ではありません。"
        "1 か所だけに残し、ほかの値は削除してください",
    ),
}
