"""machine.config of the .NET Frameworks: no more than the schema needs, in the size that Windows has (some 25 KB).

Sections and providers bear names of the schema (Microsoft Learn, configuration file schema: sure); which of them a
real file holds, and in which order, is recalled. Line ends CR LF, no mark, the last line with its end (recalled).
"""

from __future__ import annotations

from ..files import FileSystem

ROOT = r"C:\Windows\Microsoft.NET"
FOLDERS = ("Framework", "Framework64")
_KEYS = {"v2.0.50727": "2.0.0.0", "v4.0.30319": "4.0.0.0"}
_GROUPS: dict[str, tuple[str, ...]] = {
    "": (
        "appSettings", "connectionStrings", "mscorlib", "runtime", "assemblyBinding", "satelliteassemblies",
        "startup", "system.codedom", "system.data", "system.data.odbc", "system.data.oledb", "system.data.oracleclient",
        "system.data.sqlclient", "system.diagnostics", "system.runtime.remoting", "system.windows.forms", "windows",
        "system.xaml.hosting", "uri",
    ),
    "system.runtime.caching": ("memoryCache",),
    "system.xml.serialization": ("schemaImporterExtensions", "dateTimeSerialization", "xmlSerializer"),
    "system.net": (
        "authenticationModules", "connectionManagement", "defaultProxy", "requestCaching", "settings",
        "webRequestModules",
    ),
    "system.runtime.serialization": ("dataContractSerializer",),
    "system.serviceModel": (
        "behaviors", "bindings", "client", "comContracts", "commonBehaviors", "diagnostics", "extensions",
        "machineSettings", "protocolMapping", "serviceHostingEnvironment", "services", "standardEndpoints", "routing",
        "tracking",
    ),
    "system.transactions": ("defaultSettings", "machineSettings"),
    "system.web": (
        "anonymousIdentification", "authentication", "authorization", "browserCaps", "clientTarget", "compilation",
        "customErrors", "deployment", "deviceFilters", "fullTrustAssemblies", "globalization", "healthMonitoring",
        "hostingEnvironment", "httpCookies", "httpHandlers", "httpModules", "httpRuntime", "identity", "machineKey",
        "membership", "mobileControls", "pages", "partialTrustVisibleAssemblies", "processModel", "profile",
        "protocols", "roleManager", "securityPolicy", "sessionPageState", "sessionState", "siteMap", "trace", "trust",
        "urlMappings", "webControls", "webParts", "webServices", "xhtmlConformance",
    ),
    "system.web.extensions": ("jsonSerialization", "profileService", "authenticationService", "roleService"),
}  # fmt: skip
_EXTENSIONS = (
    "clientVia", "clientCredentials", "transactedBatching", "dataContractSerializer", "serviceDebug",
    "serviceMetadata", "serviceThrottling", "serviceTimeouts", "serviceSecurityAudit", "webHttp", "workflowRuntime",
    "persistenceProvider", "useRequestHeadersForMetadataAddress", "endpointDiscovery", "serviceDiscovery",
    "soapProcessing",
)  # fmt: skip


def install(files: FileSystem, framework: str) -> None:
    """Puts a framework's machine.config there, for 32 and 64 bits."""
    for folder in FOLDERS:
        directory = f"{ROOT}\\{folder}\\{framework}\\Config"
        files.make_directory(directory)
        files.write(f"{directory}\\machine.config", machine_config(framework))


def machine_config(framework: str) -> bytes:
    """The file of a framework (a folder's name)."""
    version = _KEYS[framework]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<!-- Simulated. Comments stay where they are. -->"]
    lines += ["<configuration>", "  <configSections>"]
    for group, sections in _GROUPS.items():
        if group:
            lines.append(f'    <sectionGroup name="{group}" type="{_type(group, "SectionGroup", version)}">')
        margin = "      " if group else "    "
        lines += [
            f'{margin}<section name="{name}" type="{_type(name, "Section", version)}" requirePermission="false"/>'
            for name in sections
        ]
        if group:
            lines.append("    </sectionGroup>")
    lines += ["  </configSections>", '  <configProtectedData defaultProvider="Simulated">', "    <providers>"]
    lines += [f'      <add name="Simulated" type="{_type("Simulated", "Provider", version)}"/>']
    lines += ["    </providers>", "  </configProtectedData>", "  <runtime />", "  <connectionStrings>"]
    lines += [
        '    <add name="Local" connectionString="data source=.;Integrated Security=SSPI"/>',
        "  </connectionStrings>",
    ]
    lines += ["  <system.serviceModel>", "    <extensions>", "      <behaviorExtensions>"]
    lines += [f'        <add name="{name}" type="{_type(name, "Element", version)}"/>' for name in _EXTENSIONS]
    lines += ["      </behaviorExtensions>", "    </extensions>", "  </system.serviceModel>"]
    lines += ["  <system.web>", '    <processModel autoConfig="true"/>', "    <httpHandlers/>", "  </system.web>"]
    return "".join(f"{line}\r\n" for line in [*lines, "</configuration>"]).encode("ascii")


def _type(name: str, suffix: str, version: str) -> str:
    """The long name of a class, as such files are full of."""
    words = "".join(part[:1].upper() + part[1:] for part in name.split("."))
    assembly = f"System.Configuration, Version={version}, Culture=neutral, PublicKeyToken=b03f5f7f11d50a3a"
    return f"System.Configuration.{words}{suffix}, {assembly}"
