// Which proxy each route of a host takes, and which others could serve it.

const ROUTES = DATA.routes;
const STORES = DATA.stores;
const named = (table, id) => (Object.hasOwn(table, id) ? table[id] : words(id));

function candidate(one) {
  const state = one.state === "in_force" ? "" : " (" + words(one.state || "unknown") + (nothing(one.detail) || String(one.detail).length > 40 ? "" : ": " + one.detail) + ")";
  return named(STORES, one.store) + ": " + (nothing(one.proxy) ? t("state_unknown") : one.proxy) + state;
}

function inForce(row) {
  const proxy = nothing(row.proxy) ? (row.store === "none" ? t("no_proxy") : t("a_proxy_of", { store: named(STORES, row.store) })) : row.proxy;
  return (row.certain === true ? "" : t("not_certain")) + proxy;
}

function routeRow(row) {
  const others = list(row.candidates).filter(isMap);
  return el("tr", {}, say("th", named(ROUTES, row.route), { scope: "row" }),
    el("td", { "data-label": t("could_serve") }, others.length ? el("ol", { class: "plain" }, others.map((one) => say("li", candidate(one)))) : t("none_stored")),
    say("td", inForce(row), { "data-label": t("in_force") }), say("td", row.reason || "", { "data-label": t("why") }));
}

function proxyTable(run) {
  const after = list(map(run.after).routes).filter(isMap);
  const rows = after.length ? after : list(map(run.before).routes).filter(isMap);
  if (!rows.length) return [];
  return [el("h3", {}, t("proxies")), el("table", { class: "diff ways" },
    el("caption", { class: "hidden" }, t("proxies_caption")),
    el("thead", {}, el("tr", {}, [t("route"), t("could_serve"), t("in_force"), t("why")].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map(routeRow)))];
}
