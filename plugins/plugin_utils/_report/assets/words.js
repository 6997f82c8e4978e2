// What people read instead of identifiers. What has no words here is shown with its own name.

const OUTCOMES = new Map(DATA.outcomes.map(([id, name, meaning]) => [id, { name, meaning }]));
const ORDER = new Map(DATA.outcomes.map(([id], place) => [id, place]));
const OPEN = new Set(["not_repairable", "planned", "failed"]);
const LOOK = { healthy: "good", repaired: "good", not_repairable: "open", planned: "open", failed: "open", unreachable: "lost" };
const GROUPS = {
  connected: ["MAPS reachable", (host) => map(host.after).connected === true && host.outcome !== "not_applicable"],
  open: ["still open", (host) => OPEN.has(host.outcome)],
};
const FIELDS = {
  "winhttp": "WinHTTP proxy", "winhttp.http": "WinHTTP proxy for http", "winhttp.https": "WinHTTP proxy for https",
  "winhttp.bypass_list": "WinHTTP bypass list", "winhttp.direct": "no WinHTTP proxy", "winhttp.present": "WinHTTP settings stored",
  "winhttp.raw": "stored bytes", "winhttp.raw_32": "stored bytes, 32-bit view", "winhttp.problem": "problem with the stored bytes",
  "advanced": "advanced proxy settings", "advanced.http": "advanced proxy for http", "advanced.https": "advanced proxy for https",
  "advanced.bypass_list": "advanced bypass list", "advanced.auto_detect": "advanced: auto-detect",
  "advanced.autoconfig_url": "advanced: configuration URL", "advanced.per_user": "advanced: per-user settings", "advanced.switched_off": "advanced: switched off", "ssl_options": "SSLOptions", "firewall": "firewall verdict for MAPS",
  "service_running": "Defender service running", "platform_version": "Defender platform", "build": "Windows build",
};

const words = (id) => String(id).replace(/_/g, " ");
const outcomeName = (id) => (OUTCOMES.has(id) ? OUTCOMES.get(id).name : words(id));
const stepName = (id) => (Object.hasOwn(DATA.steps, id) ? DATA.steps[id] : words(id));
const causeName = (id) => (Object.hasOwn(DATA.causes, id) ? DATA.causes[id] : words(id));
// "[2][1].name" is the name of item 2: a step that loops has a state for each item.
const fieldName = (path) => {
  if (Object.hasOwn(FIELDS, path)) return FIELDS[path];
  const item = /^\[(\d+)\]/.exec(path);
  const parts = path.replace(/\[\d+\]/g, "").split(".").filter(Boolean);
  const name = words(parts.pop() || "item") + (parts.length ? ", " + words(parts.join(", ")) : "");
  return item ? name + " (" + item[1] + ")" : name;
};
const moduleName = (name) => String(name).split(".").pop();

// A validation in one word or code; `title` says whether it is a code.
function stateOf(validation) {
  const found = map(validation);
  if (found.connected === true) return "connected";
  if (found.connected === null || found.connected === undefined) return "unknown";
  return isText(found.hresult) && found.hresult ? found.hresult : "no answer";
}

function outcomeMark(host) {
  return el("span", { class: "outcome " + (Object.hasOwn(LOOK, host.outcome) ? LOOK[host.outcome] : "") }, visible(outcomeName(host.outcome)));
}

function stepsOf(host) {
  return list(host.steps).filter(isMap).map((step) =>
    stepName(step.id) + (step.taken_back ? " (undone)" : step.conditional ? " (if needed)" : step.changed ? "" : " (no change)"));
}

function debtOf(host) {
  if (host.debt === null) return "unknown";
  if (nothing(host.debt)) return "";
  const days = list(host.debt).map((one) => map(one).age_days).filter((one) => typeof one === "number");
  return days.length ? daysOf(Math.max(...days)) : "yes";
}

function daysOf(days) {
  return days < 1 ? "less than 1 day" : plural(Math.floor(days), "day");
}

// Whatever data, as a list of its leaves: [["winhttp.http", "proxy:1"], ...].
function leaves(value, path = "", found = []) {
  if (isMap(value)) {
    for (const key of Object.keys(value)) leaves(value[key], path ? path + "." + key : key, found);
  } else if (isList(value) && value.some((one) => isMap(one) || isList(one))) {
    value.forEach((one, place) => leaves(one, path + "[" + (place + 1) + "]", found));
  } else {
    found.push([path, value]);
  }
  return found;
}

function shown(value) {
  if (isList(value)) return value.length ? value.map(shown).join(", ") : "none";
  if (value === null || value === undefined) return "not set";
  if (value === "") return "empty";
  return value === true ? "yes" : value === false ? "no" : typeof value === "number" ? String(value) : visible(value);
}
