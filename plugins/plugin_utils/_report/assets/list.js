// The list of hosts: filtered, sorted, and one page of it at a time, so that ten thousand hosts stay light.

const SIZES = [25, 50, 100, 250];
const DIMENSIONS = DATA.dimensions.map(String);
const valueOf = (host, dimension) => String((dimension === "site" ? host.site : map(host.groups)[dimension]) ?? "");
// Names and not places, so that an address means the same in the next report.
const START = { q: "", outcome: "", cause: "", debt: "", todo: "", sort: "outcome", dir: "", page: "1", size: "50" };
DIMENSIONS.forEach((dimension) => { START["g." + dimension] = ""; });
const PRINTED = 1000;
const hasTodo = DATA.requests.length > 0;
const hasDebt = HOSTS.some((host) => !nothing(host.debt));
const compare = new Intl.Collator(LANGUAGE, { numeric: true, sensitivity: "base" }).compare;

// Most urgent first: what is open, then what is not known.
const URGENCY = new Map(Object.entries({ failed: 0, not_repairable: 1, open: 1, planned: 2, not_started: 3, unreachable: 3, repaired: 4, not_applicable: 6, healthy: 5 }));
const urgency = (host) => URGENCY.get(host.outcome) ?? 3;
const looked = HOSTS.every((host) => host.kind === "assess");
const COLUMNS = [
  { id: "host", name: t("col_host"), value: (host) => host.name },
  ...DIMENSIONS.map((dimension) => ({ id: "g." + dimension, name: dimensionName(dimension), value: (host) => valueOf(host, dimension), minor: true })),
  { id: "outcome", name: t("col_outcome"), order: (a, b) => urgency(a) - urgency(b), value: (host) => outcomeName(host.outcome) },
  { id: "cause", name: t("f_cause").toLowerCase(), value: (host) => (host.outcome === "healthy" ? "" : host.cause_title), words: true },
  { id: "who", name: t("col_who"), value: (host) => [...new Set(requestsOf(host).map((one) => one.who))].join(t("comma")), when: hasTodo, minor: true, words: true },
  { id: "before", name: t("before"), value: (host) => stateOf(host.before), when: !looked, minor: true },
  { id: "steps", name: t("col_steps"), value: (host) => stepsOf(host).join(t("comma")), when: !looked, minor: true, words: true },
  { id: "after", name: t("now"), value: (host) => stateOf(host.after), minor: true },
  { id: "debt", name: t("col_relaxed"), value: debtOf, when: hasDebt, minor: true },
].filter((column) => column.when !== false);

// Once for all orders, which are stable: comparing names takes most of the time of sorting.
const IN_ORDER_OF_NAME = [...HOSTS].sort((a, b) => compare(a.name, b.name));
let wanted = { ...START };
let found = HOSTS;
const text = new Map();

function haystack(host) {
  if (!text.has(host)) {
    text.set(host, [host.name, ...DIMENSIONS.map((dimension) => valueOf(host, dimension)), outcomeName(host.outcome), host.cause_title, host.cause, stateOf(host.before), stateOf(host.after),
      host.reason, ...stepsOf(host), ...requestsOf(host).map((one) => one.who)].map((one) => String(one ?? "")).join("\n").normalize("NFKC").toLowerCase());
  }
  return text.get(host);
}

function select() {
  const parts = wanted.q.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  const grouped = DIMENSIONS.filter((dimension) => wanted["g." + dimension]);
  found = IN_ORDER_OF_NAME.filter((host) =>
    (!wanted.outcome || (Object.hasOwn(GROUPS, wanted.outcome) ? GROUPS[wanted.outcome][1](host) : host.outcome === wanted.outcome))
    && (!wanted.cause || (host.cause === wanted.cause && host.outcome !== "healthy"))
    && grouped.every((dimension) => (valueOf(host, dimension) || "-") === wanted["g." + dimension])
    && (!wanted.debt || !nothing(host.debt))
    && (!wanted.todo || requestsOf(host).some((one) => one.id === wanted.todo))
    && parts.every((part) => haystack(host).includes(part)));
  const column = COLUMNS.find((one) => one.id === wanted.sort) || COLUMNS[0];
  const order = column.order || ((a, b) => {
    const [one, other] = [column.value(a), column.value(b)];
    // What is empty goes last, whichever way the rest is sorted.
    return one === other ? 0 : one === "" ? sign : other === "" ? -sign : compare(one, other);
  });
  const sign = wanted.dir === "desc" ? -1 : 1;
  found.sort((a, b) => sign * order(a, b));
}

// A long name may break after its dots and hyphens.
function hostLink(host) {
  const parts = visible(host.name).split(/(?<=[.-])/).flatMap((one, place) => (place ? [el("wbr"), one] : [one]));
  return el("a", { href: "#/host/" + encodeURIComponent(host.name), dir: "auto", lang: languageOf(host.name) }, parts);
}

function cell(column, host) {
  const attributes = { class: [column.minor ? "minor" : "", column.words ? "words" : ""].join(" ").trim() || null };
  if (column.id === "host") {
    return el("th", { scope: "row" }, hostLink(host));
  }
  if (column.id === "outcome") return el("td", { class: "words" }, outcomeMark(host));
  const value = column.value(host);
  if (column.id === "before" || column.id === "after") {
    return el("td", { class: "minor state" + (value.startsWith("0x") ? " code" : "") }, visible(value));
  }
  return value ? say("td", value, attributes) : el("td", attributes);
}

// On paper the heads are plain texts: Chromium does not repeat a head with buttons on the next sheet. Columns in which
// nothing stands would take the room of those with words.
function table(rows, paper) {
  const columns = paper ? COLUMNS.filter((column) => rows.some((host) => column.value(host) !== "")) : COLUMNS;
  const head = columns.map((column) => {
    if (paper) return el("th", { scope: "col", class: column.minor ? "minor" : null }, column.name);
    const sorted = column.id === wanted.sort;
    const button = el("button", { type: "button" }, column.name);
    button.addEventListener("click", () => {
      go({ sort: column.id, dir: sorted && wanted.dir !== "desc" ? "desc" : "", page: "1" }, ".hosts thead [aria-sort] button");
    });
    return el("th", {
      scope: "col", class: column.minor ? "minor" : null, "aria-sort": sorted ? (wanted.dir === "desc" ? "descending" : "ascending") : null,
    }, button);
  });
  return el("table", { class: columns.length > 9 ? "hosts many" : "hosts" },
    el("caption", { class: "hidden" }, t("list_caption")),
    el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, rows.map((host) => el("tr", {}, columns.map((column) => cell(column, host))))));
}

function pageCount() {
  return Math.max(1, Math.ceil(found.length / Number(wanted.size)));
}

function showList(all) {
  const size = Number(wanted.size);
  const page = Math.min(Math.max(1, Number(wanted.page) || 1), pageCount());
  wanted.page = String(page);
  const from = all ? 0 : (page - 1) * size;
  const rows = found.slice(from, all ? PRINTED : from + size);
  const where = document.getElementById("list");
  where.replaceChildren(rows.length ? table(rows, all) : el("p", {}, t("no_match")));
  document.getElementById("count").textContent = countText(rows.length, from, all);
  showPages(page);
}

function countText(shownRows, from, all) {
  const of = found.length === HOSTS.length ? hostCount(found.length) : t("some_of", { number: number(found.length), hosts: hostCount(HOSTS.length) });
  const request = DATA.requests.find((one) => one.id === wanted.todo);
  const left = request ? t("with_request", { text: visible(request.text) }) : "";
  if (shownRows === found.length) return of + left;
  return of + left + (all ? t("printed", { number: number(shownRows) }) : t("showing", { from: number(from + 1), to: number(from + shownRows) }));
}

function showPages(page) {
  const nav = document.getElementById("pages");
  nav.hidden = found.length <= SIZES[0];
  const button = (name, to, can, id) => {
    const made = el("button", { type: "button", disabled: !can, id }, name);
    made.addEventListener("click", () => go({ page: String(to) }, "#" + id));
    return made;
  };
  const size = el("select", { id: "size" }, SIZES.map((one) => el("option", { value: one, selected: String(one) === wanted.size }, String(one))));
  size.addEventListener("change", () => go({ size: size.value, page: "1" }, "#size"));
  nav.replaceChildren(
    button(t("previous"), page - 1, page > 1, "previous"),
    el("span", {}, t("page_of", { page: number(page), pages: number(pageCount()) })),
    button(t("next"), page + 1, page < pageCount(), "next"),
    el("span", { class: "grow" }),
    el("label", {}, t("hosts_a_page"), size));
}
