// Which proxy each route of a host takes, and which others could serve it.

const ROUTES = { maps: "MAPS (Defender)", revocation_lists: "Revocation lists", windows_update: "Windows Update",
  sensor: "Sensor of Defender for Endpoint" };
const STORES = { policy: "Defender's own (policy)", policy_manager: "Defender's own (Policy Manager)", local: "Defender's own (local)",
  defender: "Defender's own", winhttp: "WinHTTP", machine: "Internet settings of the machine", account: "Internet settings of SYSTEM",
  telemetry: "TelemetryProxyServer" };
const named = (table, id) => (Object.hasOwn(table, id) ? table[id] : words(id));

function candidate(one) {
  const state = one.state === "in_force" ? "" : " (" + words(one.state || "unknown") + (nothing(one.detail) || String(one.detail).length > 40 ? "" : ": " + one.detail) + ")";
  return named(STORES, one.store) + ": " + (nothing(one.proxy) ? "unknown" : one.proxy) + state;
}

function inForce(row) {
  const proxy = nothing(row.proxy) ? (row.store === "none" ? "no proxy" : "a proxy of " + named(STORES, row.store)) : row.proxy;
  return (row.certain === true ? "" : "Not certain: ") + proxy;
}

function routeRow(row) {
  const others = list(row.candidates).filter(isMap);
  return el("tr", {}, say("th", named(ROUTES, row.route), { scope: "row" }),
    el("td", { "data-label": "could serve it, in this order" }, others.length ? el("ol", { class: "plain" }, others.map((one) => say("li", candidate(one)))) : "none is stored"),
    say("td", inForce(row), { "data-label": "in force" }), say("td", row.reason || "", { "data-label": "why" }));
}

function proxyTable(run) {
  const after = list(map(run.after).routes).filter(isMap);
  const rows = after.length ? after : list(map(run.before).routes).filter(isMap);
  if (!rows.length) return [];
  return [el("h3", {}, "Proxy of each route"), el("table", { class: "diff ways" },
    el("caption", { class: "hidden" }, "The proxies of each route, in their order, and which one is in force"),
    el("thead", {}, el("tr", {}, ["route", "could serve it, in this order", "in force", "why"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map(routeRow)))];
}
