"""How the stores of proxies are named, and why one of them is in force, in every language."""

from __future__ import annotations

from .message import Message, Text, worded

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
    "own_proxy_combined": Text(
        "Defender's own proxy is set in {stores}, and no source says how Defender combines these",
        "Defender 自身のプロキシが{stores}に設定されており、Defender がこれらをどう組み合わせるかを示す資料はありません",
    ),
    "own_proxy_manager_alone": Text(
        "Defender's own proxy is set in the key Policy Manager alone, and no source says that Defender looks for one there",
        "Defender 自身のプロキシが Policy Manager キーだけに設定されており、Defender がそこを参照することを示す資料はありません",
    ),
    "wpad_disabled": Text(
        "{store} only ask for discovery on the network (WPAD), which DisableWpad turns off",
        "{store}ではネットワーク上の自動検出 (WPAD) だけが有効ですが、DisableWpad により無効になっています",
    ),
    # why a route goes where it goes
    "route_store_policy": Text("Defender's own proxy (policy key)", "Defender 自身のプロキシ (ポリシー キー)"),
    "route_store_policy_manager": Text(
        "Defender's own proxy (Policy Manager)", "Defender 自身のプロキシ (Policy Manager キー)"
    ),
    "route_store_local": Text("Defender's own proxy (product's own key)", "Defender 自身のプロキシ (製品自身のキー)"),
    "route_store_defender": Text("Defender's own proxy", "Defender 自身のプロキシ"),
    "route_store_winhttp": Text("the WinHTTP proxy", "WinHttp プロキシ"),
    "route_store_machine": Text(
        "the proxy of the machine's Internet settings", "コンピューターのインターネット設定のプロキシ"
    ),
    "route_store_account": Text("the proxy of SYSTEM's Internet settings", "SYSTEM のインターネット設定のプロキシ"),
    "route_store_telemetry": Text(
        "the sensor's own proxy (TelemetryProxyServer)", "センサー自身のプロキシ (TelemetryProxyServer)"
    ),
    "route_store_none": Text("no proxy", "プロキシなし"),
    "route_in_force": Text(
        "{store} is set, and nothing that goes before it is",
        "{store}が設定されており、これより優先されるものは設定されていません",
    ),
    "route_bypassed": Text(
        "{store} is set, but its bypass list exempts the address ({entry})",
        "{store}は設定されていますが、バイパス一覧でこのアドレスが除外されています ({entry})",
    ),
    "route_script": Text(
        "a script decides ({store}), so the proxy is known at run time only",
        "スクリプトで決まるため ({store})、プロキシは実行時にしかわかりません",
    ),
    "route_detection": Text(
        "the proxy is discovered on the network (WPAD), so it is known at run time only",
        "ネットワーク上で自動検出 (WPAD) されるため、プロキシは実行時にしかわかりません",
    ),
    "route_unusable": Text(
        "{store} is a text that Windows cannot use, and what it does instead is not known",
        "{store}の値は Windows で使用できず、代わりにどうなるかは不明です",
    ),
    "route_other_protocol": Text(
        "{store} is set for another protocol only, so the connection is direct",
        "{store}は別のプロトコルにだけ設定されているため、直接接続されます",
    ),
    "route_unclear": Text(
        "{store} names several proxies, or one without a port",
        "{store}に複数のプロキシ、またはポートのないプロキシが指定されています",
    ),
    "route_unknown": Text("{store} could not be read completely", "{store}を完全には読み取れません"),
    "route_unknown_because": Text("{store} could not be read: {why}", "{store}を読み取れません: {why}"),
    "route_direct": Text(
        "no store names a proxy for it, so the connection is direct",
        "どの設定にもこの接続のプロキシがないため、直接接続されます",
    ),
    "route_unless_discovered": Text(
        "{said}, unless a proxy is discovered on the network (WPAD)",
        "{said} (ネットワーク上でプロキシが自動検出 (WPAD) された場合を除く)",
    ),
    "route_nothing_discovered": Text(
        "{said}; discovery on the network (WPAD) is turned off by DisableWpad",
        "{said}。ネットワーク上の自動検出 (WPAD) は DisableWpad により無効です",
    ),
    "route_sensor_unread": Text("the sensor's own proxy could not be read", "センサー自身のプロキシを読み取れません"),
    "route_sensor_prefers": Text(
        "TelemetryProxyServer is set, and by PreferStaticProxyForHttpRequest 1 a sensor of version 10.8210, 10.8049 or later "
        "prefers it; the version of this sensor was not read",
        "TelemetryProxyServer が設定されており、PreferStaticProxyForHttpRequest 1 によりバージョン 10.8210、10.8049 以降のセンサーでは"
        "優先されます。このセンサーのバージョンは読み取っていません",
    ),
    "route_sensor_open": Text(
        "TelemetryProxyServer is set, but no source says whether the sensor tries it before WinHTTP's proxy or a direct "
        "connection, as it would with PreferStaticProxyForHttpRequest 1, which is not set",
        "TelemetryProxyServer が設定されていますが、PreferStaticProxyForHttpRequest 1 がない場合に WinHttp プロキシや直接接続より先に"
        "使われるかどうかを示す資料はありません",
    ),
    "route_sensor_unread_preference": Text(
        "TelemetryProxyServer is set, but PreferStaticProxyForHttpRequest could not be read, so it is not known whether the "
        "sensor prefers it",
        "TelemetryProxyServer が設定されていますが、PreferStaticProxyForHttpRequest を読み取れないため、センサーで優先されるかどうかは不明です",
    ),
}


def render_proxies(said: Message, language: str) -> str:
    """A sentence of this table alone, which reading a host needs without the others."""
    return worded(said, language, PROXIES)
