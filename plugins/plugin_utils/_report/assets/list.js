// The list of hosts: filtered, sorted, and one page of it at a time, so that ten thousand hosts stay light.

const SIZES = [25, 50, 100, 250];
const START = { q: "", outcome: "", cause: "", site: "", debt: "", left: "", sort: "outcome", dir: "", page: "1", size: "50" };
const PRINTED = 1000;
const hasSites = HOSTS.some((host) => host.site);
const hasDebt = HOSTS.some((host) => !nothing(host.debt));
const compare = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

// Most urgent first: what is open, then what is not known.
const URGENCY = { failed: 0, not_repairable: 1, planned: 2, unreachable: 3, repaired: 4, not_applicable: 6, healthy: 5 };
const urgency = (host) => (Object.hasOwn(URGENCY, host.outcome) ? URGENCY[host.outcome] : 3);
const COLUMNS = [
  { id: "host", name: "host", value: (host) => host.name },
  { id: "site", name: "site", value: (host) => host.site || "", when: hasSites, minor: true },
  { id: "outcome", name: "outcome", order: (a, b) => urgency(a) - urgency(b) },
  { id: "cause", name: "cause", value: (host) => (host.outcome === "healthy" ? "" : host.cause_title) },
  { id: "before", name: "before", value: (host) => stateOf(host.before), minor: true },
  { id: "steps", name: "steps", value: (host) => stepsOf(host).join(", "), minor: true },
  { id: "after", name: "now", value: (host) => stateOf(host.after), minor: true },
  { id: "debt", name: "relaxed", value: debtOf, when: hasDebt, minor: true },
].filter((column) => column.when !== false);

let wanted = { ...START };
let found = HOSTS;
const text = new Map();

function haystack(host) {
  if (!text.has(host)) {
    text.set(host, [host.name, host.site, outcomeName(host.outcome), host.cause_title, host.cause, stateOf(host.before), stateOf(host.after),
      host.reason, ...stepsOf(host)].map((one) => String(one ?? "")).join("\n").normalize("NFKC").toLowerCase());
  }
  return text.get(host);
}

function leftTo(host, number) {
  const want = DATA.left[number];
  const first = map(list(host.next)[0]);
  return Boolean(want) && OPEN.has(host.outcome) && ["who", "text", "module"].every((key) => String(first[key] ?? "") === want[key]);
}

function select() {
  const parts = wanted.q.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  found = HOSTS.filter((host) =>
    (!wanted.outcome || (Object.hasOwn(GROUPS, wanted.outcome) ? GROUPS[wanted.outcome][1](host) : host.outcome === wanted.outcome))
    && (!wanted.cause || (host.cause === wanted.cause && host.outcome !== "healthy"))
    && (!wanted.site || (host.site || "-") === wanted.site)
    && (!wanted.debt || !nothing(host.debt))
    && (!wanted.left || leftTo(host, Number(wanted.left)))
    && parts.every((part) => haystack(host).includes(part)));
  const column = COLUMNS.find((one) => one.id === wanted.sort) || COLUMNS[0];
  const order = column.order || ((a, b) => {
    const [one, other] = [column.value(a), column.value(b)];
    // What is empty goes last, whichever way the rest is sorted.
    return one === other ? 0 : one === "" ? sign : other === "" ? -sign : compare(one, other);
  });
  const sign = wanted.dir === "desc" ? -1 : 1;
  found.sort((a, b) => sign * order(a, b) || compare(a.name, b.name));
}

// A long name may break after its dots and hyphens.
function hostLink(host) {
  const parts = visible(host.name).split(/(?<=[.-])/).flatMap((one, place) => (place ? [el("wbr"), one] : [one]));
  return el("a", { href: "#/host/" + encodeURIComponent(host.name), dir: "auto", lang: JAPANESE.test(host.name) ? "ja" : null }, parts);
}

function cell(column, host) {
  const attributes = { class: column.minor ? "minor" : null };
  if (column.id === "host") {
    return el("th", { scope: "row" }, hostLink(host));
  }
  if (column.id === "outcome") return el("td", {}, outcomeMark(host));
  const value = column.value(host);
  if (column.id === "before" || column.id === "after") {
    return el("td", { class: "minor state" }, el("span", { class: value.startsWith("0x") ? "code" : null }, visible(value)));
  }
  return value ? say("td", value, attributes) : el("td", attributes);
}

// On paper the heads are plain texts: Chromium does not repeat a head with buttons on the next sheet.
function table(rows, paper) {
  const head = COLUMNS.map((column) => {
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
  return el("table", { class: "hosts" },
    el("caption", { class: "hidden" }, "Hosts; the buttons in the head sort them"),
    el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, rows.map((host) => el("tr", {}, COLUMNS.map((column) => cell(column, host))))));
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
  where.replaceChildren(rows.length ? table(rows, all) : el("p", {}, "No host matches. Clear the filters to see all of them."));
  document.getElementById("count").textContent = countText(rows.length, from, all);
  showPages(page);
}

function countText(shownRows, from, all) {
  const of = found.length === HOSTS.length ? plural(found.length, "host")
    : found.length.toLocaleString("en") + " of " + plural(HOSTS.length, "host");
  const left = wanted.left && DATA.left[Number(wanted.left)] ? " with the next step: " + visible(DATA.left[Number(wanted.left)].text) : "";
  if (shownRows === found.length) return of + left;
  return of + left + (all ? "; the first " + shownRows.toLocaleString("en") + " are printed"
    : "; showing " + (from + 1).toLocaleString("en") + " to " + (from + shownRows).toLocaleString("en"));
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
    button("Previous", page - 1, page > 1, "previous"),
    el("span", {}, "Page " + page.toLocaleString("en") + " of " + pageCount().toLocaleString("en")),
    button("Next", page + 1, page < pageCount(), "next"),
    el("span", { class: "grow" }),
    el("label", {}, "Hosts a page ", size));
}

function choice(name, label, options) {
  const made = el("select", { id: "f-" + name }, el("option", { value: "" }, "all"), options);
  made.addEventListener("change", () => go({ [name]: made.value, page: "1" }));
  return el("label", {}, label, made);
}

function counted(of, name) {
  const counts = new Map();
  HOSTS.forEach((host) => { const id = of(host); if (id) counts.set(id, (counts.get(id) || 0) + 1); });
  return [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0])).map(([id, count]) =>
    el("option", { value: id }, visible(name(id)) + " (" + count.toLocaleString("en") + ")"));
}

function makeFilters() {
  const titles = new Map(HOSTS.map((host) => [host.cause, host.cause_title]));
  const search = el("input", { type: "search", id: "f-q", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/" });
  // At once: ten thousand hosts take some milliseconds, and a delayed list would replace what has the focus by then.
  search.addEventListener("input", () => go({ q: search.value, page: "1" }));
  const groups = Object.keys(GROUPS).map((id) =>
    el("option", { value: id }, GROUPS[id][0] + " (" + HOSTS.filter(GROUPS[id][1]).length.toLocaleString("en") + ")"));
  const outcomes = counted((host) => host.outcome, outcomeName).sort((a, b) => (ORDER.get(a.value) ?? 99) - (ORDER.get(b.value) ?? 99));
  const debt = el("input", { type: "checkbox", id: "f-debt" });
  debt.addEventListener("change", () => go({ debt: debt.checked ? "1" : "", page: "1" }));
  const clear = el("button", { type: "button", id: "clear" }, "Clear");
  clear.addEventListener("click", () => go({ ...START, sort: wanted.sort, dir: wanted.dir, size: wanted.size }, "#f-q"));
  const form = document.getElementById("filters");
  form.append(
    el("label", { class: "wide" }, "Search (press / )", search),
    choice("outcome", "Outcome", [el("optgroup", { label: "groups" }, groups), el("optgroup", { label: "outcome" }, outcomes)]),
    choice("cause", "Cause", counted((host) => (host.outcome === "healthy" ? "" : host.cause), (id) => titles.get(id))),
    hasSites ? choice("site", "Site", counted((host) => host.site || "-", (id) => (id === "-" ? "no site" : id))) : "",
    hasDebt ? el("label", { class: "check" }, debt, "relaxed checks") : "",
    clear);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}

function showFilters() {
  for (const name of ["q", "outcome", "cause", "site"]) {
    const field = document.getElementById("f-" + name);
    if (field && field.value !== wanted[name] && field !== document.activeElement) field.value = wanted[name];
    if (field && field.tagName === "SELECT") field.value = wanted[name];
  }
  const debt = document.getElementById("f-debt");
  if (debt) debt.checked = Boolean(wanted.debt);
  const filtered = ["q", "outcome", "cause", "site", "debt", "left"].some((name) => wanted[name]);
  document.getElementById("clear").disabled = !filtered;
}
