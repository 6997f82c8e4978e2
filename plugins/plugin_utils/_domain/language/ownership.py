"""Sentences on settings that others own: baselines, policies, and what keeps a change from lasting."""

from __future__ import annotations

from .message import Text

OWNERSHIP: dict[str, Text] = {
    "proxy_service_off": Text(
        "the service WinHttpAutoProxySvc is disabled and not running, and Windows has the proxy {proxy}",
        "サービス WinHttpAutoProxySvc が無効で実行されておらず、Windows にはプロキシ {proxy} が設定されています",
    ),
    "proxy_service_on": Text(
        "the service WinHttpAutoProxySvc is not disabled, or not needed before Windows 10 1709",
        "サービス WinHttpAutoProxySvc は無効ではないか、Windows 10 1709 より前のため不要です",
    ),
    "proxy_service_idle": Text(
        "the service WinHttpAutoProxySvc is disabled, but Windows has no proxy that it would need it for",
        "サービス WinHttpAutoProxySvc は無効ですが、このサービスを必要とするプロキシは Windows に設定されていません",
    ),
    # hardening baselines
    "control": Text("{name} of {of}", "{of} の {name}"),
    "request_control": Text("Exception requested from {controls}.", "例外を申請する項目: {controls}。"),
    "request_no_control": Text(
        "Change requested: no CIS, STIG or BSI control that is known to this collection asks for this setting.",
        "変更を申請します。このコレクションが把握している CIS、STIG、BSI の項目に、この設定を求めるものはありません。",
    ),
    "request_setting": Text("It asks for: {setting}.", "要求されている設定: {setting}。"),
    "request_contrary": Text(
        "In favor of the exception: {controls} asks otherwise.",
        "例外の根拠: {controls} は別の設定を求めています。",
    ),
    "request_review": Text(
        "Owner, end date and compensating measures: to be filled in by the requester.",
        "担当者、期限、代替策: 申請者が記入。",
    ),
    "breaks_maps_off": Text(
        "With it, Microsoft Defender Antivirus does not use cloud protection (MAPS), and block at first sight, which depends on it, does "
        "not work.",
        "この設定では、Microsoft Defender ウイルス対策がクラウド保護 (MAPS) を使用せず、それに依存する事前ブロックも機能しません。",
    ),
    "instead_maps_off": Text(
        "Requested instead: SpynetReporting 2 (advanced); sample submission can stay off (SubmitSamplesConsent 2).",
        "代わりに申請する設定: SpynetReporting 2 (上級)。サンプルの送信は無効のままにできます (SubmitSamplesConsent 2)。",
    ),
    "breaks_no_remote_shell": Text(
        "With it, WinRM opens no remote shell, so this device can be neither checked nor repaired over WinRM.",
        "この設定では WinRM のリモート シェルを開けないため、WinRM 経由でこのデバイスを確認することも修復することもできません。",
    ),
    "instead_no_remote_shell": Text(
        "Requested instead: AllowRemoteShellAccess 1 for the hosts that are managed over WinRM, reachable from the management network only; "
        "or management over OpenSSH.",
        "代わりに申請する設定: WinRM で管理するデバイスでは AllowRemoteShellAccess 1 とし、管理ネットワークからのみ到達可能にする。または OpenSSH で管理する。",
    ),
    "breaks_roots_frozen": Text(
        "With it, and without RootDirUrl, new root certificates never reach this device, so TLS connections, to MAPS among others, fail once a "
        "service uses one.",
        "この設定で RootDirUrl がない場合、新しいルート証明書がこのデバイスに届かないため、サービスがその証明書を使い始めると MAPS を含む TLS 接続が失敗します。",
    ),
    "instead_roots_frozen": Text(
        "Requested instead: DisableRootAutoUpdate 0, or RootDirUrl with a server of the company that keeps the lists.",
        "代わりに申請する設定: DisableRootAutoUpdate 0、または一覧を保持する社内サーバーを指す RootDirUrl。",
    ),
    "breaks_outbound_block": Text(
        "Windows Firewall blocks every outbound connection that no rule allows, so Defender's connections to MAPS and those of CryptSvc to the "
        "revocation lists fail.",
        "Windows ファイアウォールが許可規則のない送信接続をすべてブロックするため、Defender の MAPS への接続と CryptSvc の CRL への接続が失敗します。",
    ),
    "instead_outbound_block": Text(
        "Requested: outbound rules by policy for the services WinDefend and CryptSvc (TCP 443 and 80, or the port of the proxy).",
        "申請する設定: ポリシーによるサービス WinDefend と CryptSvc の送信許可規則 (TCP 443 と 80、またはプロキシのポート)。",
    ),
    "breaks_auto_proxy_off": Text(
        "With it, since Windows 10 1709 Windows services can use no proxy, not even a manual one, so revocation lists and MAPS are probably out "
        "of reach where the way out is a proxy.",
        "この設定では、Windows 10 1709 以降、Windows のサービスは手動で設定したものも含めプロキシを使用できず、プロキシ経由の環境では CRL と MAPS に到達できない可能性が高くなります。",
    ),
    "instead_auto_proxy_off": Text(
        "Requested instead: the service on manual start, and DisableWpad 1 "
        "(HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp), which turns discovery off without it.",
        "代わりに申請する設定: サービスのスタートアップの種類を手動とし、DisableWpad 1 "
        "(HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp) で自動検出のみを無効にする。",
    ),
    "hardening_asks": Text(
        "The setting is what a hardening baseline asks for ({controls}), whose owner may set it again; causes has a text for an exception "
        "request.",
        "この設定はセキュリティ ベースライン ({controls}) の要求と一致しており、担当者によって再び設定されることがあります。causes に例外申請用の文面があります。",
    ),
    # who owns a setting
    "store_policy_key": Text("the policy key", "ポリシーのキー"),
    "store_policy_manager": Text("Policy Manager (Intune)", "Policy Manager のキー (Intune)"),
    "store_own": Text("Defender's own key", "Defender 自身のキー"),
    "owner_conflict": Text(
        "{setting} has different values in its stores ({stores}), so it is unknown which one Defender uses.",
        "{setting} の値が保存場所によって異なり ({stores})、Defender がどの値を使用しているかは不明です。",
    ),
    "held": Text("{store}: {value}", "{store}は {value}"),
    "controlled": Text(
        "Defender's platform supports controlled configuration and Intune manages this host: if it is on, Defender ignores policies and local "
        "changes, and tamper protection reads off. Change the setting in Intune or Defender for Endpoint instead.",
        "Defender のプラットフォームは構成の保護 (controlled configuration) に対応しており、このデバイスは Intune で管理されています。有効な場合、Defender はポリシーとローカルの変更を無視し、"
        "改ざん防止は無効と表示されます。代わりに Intune または Defender for Endpoint で設定を変更してください。",
    ),
    "write_ignored": Text(
        "SSLOptions {options} is stored, but the connection still fails as it does with the checks on; controlled configuration may make Defender "
        "ignore the stored value.",
        "SSLOptions {options} が保存されていますが、チェックが有効な場合と同じエラーで接続に失敗しています。構成の保護 (controlled configuration) により、Defender が保存された値を無視している可能性があります。",
    ),
    # faults that are to come
    "latent_roots_frozen": Text(
        "Root certificates are frozen: DisableRootAutoUpdate is 1 and RootDirUrl names no other source.",
        "ルート証明書が更新されません: DisableRootAutoUpdate が 1 で、RootDirUrl に別の取得元がありません。",
    ),
    "latent_checks_loosened": Text(
        "SSLOptions {options} turns off checks of the connection to MAPS.",
        "SSLOptions {options} により、MAPS への接続のチェックが無効になっています。",
    ),
    "latent_clock_drifting": Text(
        "The clock differs from the controller's by {minutes} minutes.",
        "時刻がコントローラーと {minutes} 分ずれています。",
    ),
    "latent_signatures_old": Text(
        "The signatures were last updated {days} days ago.", "定義ファイルは {days} 日前から更新されていません。"
    ),
    "latent_lists_from_cache": Text(
        "Revocation lists can't be downloaded: the host passes with those that Windows keeps in its cache, {until}.",
        "CRL をダウンロードできません。Windows がキャッシュしている CRL により、{until}接続に成功しています。",
    ),
    "lists_until": Text("until they expire ({dates})", "期限 ({dates}) までは"),
    "lists_until_unknown": Text("until they expire, on a date that was not shown", "期限 (日付は不明) までは"),
    "latent_proxy_service_off": Text(
        "The service WinHttpAutoProxySvc is disabled, so a proxy that is set will probably not be used.",
        "サービス WinHttpAutoProxySvc が無効のため、プロキシを設定しても使用されない可能性が高いです。",
    ),
    # cloud protection that is required
    "required_by_owner": Text(
        "Cloud protection is required (remediate_cloud_protection), and {store} turns it off, which its owner may write again: ask that owner.",
        "クラウド保護が必須とされていますが (remediate_cloud_protection)、{store}で無効にされており、設定元によって再び書き込まれることがあります。担当者に依頼してください。",
    ),
    "step_maps": Text(
        "cloud protection is required (remediate_cloud_protection), and no policy turns it off: SpynetReporting 2",
        "クラウド保護が必須とされ (remediate_cloud_protection)、無効にしているポリシーはありません: SpynetReporting 2",
    ),
}
