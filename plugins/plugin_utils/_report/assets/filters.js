// The form above the list.

function choice(name, label, options) {
  const made = el("select", { id: "f-" + name }, el("option", { value: "" }, t("all")), options);
  made.addEventListener("change", () => go({ [name]: made.value, page: "1" }));
  return el("label", {}, label, made);
}

function counted(of, name) {
  const counts = new Map();
  HOSTS.forEach((host) => { const id = of(host); if (id) counts.set(id, (counts.get(id) || 0) + 1); });
  return [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0])).map(([id, count]) =>
    el("option", { value: id }, visible(name(id)) + " (" + number(count) + ")"));
}

function makeFilters() {
  const requestCounts = DATA.requests.map(() => 0);
  HOSTS.forEach((host) => list(host.todo).forEach((place) => { requestCounts[place] += 1; }));
  const search = el("input", { type: "search", id: "f-q", autocomplete: "off", spellcheck: "false", "aria-keyshortcuts": "/" });
  // At once: ten thousand hosts take some milliseconds, and a delayed list would replace what has the focus by then.
  search.addEventListener("input", () => go({ q: search.value, page: "1" }));
  const groups = Object.keys(GROUPS).map((id) =>
    el("option", { value: id }, t(GROUPS[id][0]) + " (" + number(HOSTS.filter(GROUPS[id][1]).length) + ")"));
  const outcomes = counted((host) => host.outcome, outcomeName).sort((a, b) => (ORDER.get(a.value) ?? 99) - (ORDER.get(b.value) ?? 99));
  const debt = el("input", { type: "checkbox", id: "f-debt" });
  debt.addEventListener("change", () => go({ debt: debt.checked ? "1" : "", page: "1" }));
  const clear = el("button", { type: "button", id: "clear" }, t("clear"));
  clear.addEventListener("click", () => go({ ...START, sort: wanted.sort, dir: wanted.dir, size: wanted.size }, "#f-q"));
  const form = document.getElementById("filters");
  form.append(...[
    el("label", { class: "wide" }, t("search"), search),
    choice("outcome", t("f_outcome"), [el("optgroup", { label: t("f_groups") }, groups), el("optgroup", { label: t("f_outcome") }, outcomes)]),
    choice("cause", t("f_cause"), counted((host) => (host.outcome === "healthy" ? "" : host.cause), (id) => HOSTS.find((host) => host.cause === id).cause_title)),
    hasTodo ? choice("todo", t("f_request"), DATA.requests.map((one, place) =>
      el("option", { value: one.id }, visible(one.who + ": " + one.text).slice(0, 90) + " (" + number(requestCounts[place]) + ")"))) : "",
    DIMENSIONS.map((dimension) => choice("g." + dimension, dimensionName(dimension),
      counted((host) => valueOf(host, dimension) || "-", (id) => (id === "-" ? t("none") : id)))),
    hasDebt ? el("label", { class: "check" }, debt, t("f_relaxed")) : "",
    clear].flat().filter(Boolean));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  document.getElementById("count").after(exportButton());
}

// What is no filter.
const VIEW = ["sort", "dir", "page", "size"];

function showFilters() {
  for (const name of ["q", "outcome", "cause", "todo", ...DIMENSIONS.map((dimension) => "g." + dimension)]) {
    const field = document.getElementById("f-" + name);
    if (field && field.value !== wanted[name] && field !== document.activeElement) field.value = wanted[name];
    if (field && field.tagName === "SELECT") field.value = wanted[name];
  }
  const debt = document.getElementById("f-debt");
  if (debt) debt.checked = Boolean(wanted.debt);
  const filtered = Object.keys(START).some((name) => !VIEW.includes(name) && wanted[name]);
  document.getElementById("clear").disabled = !filtered;
}
