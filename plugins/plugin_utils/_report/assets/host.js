// A host's own page: what was found, what was done, and how it ended, in the order in which it happened.

const LONG = 600;
const KNOWN_HOST = new Set(["name", "cause", "cause_title", "outcome", "reason", "before", "after", "steps", "changes", "check_mode", "time",
  "requests", "bytes", "site", "earlier", "started", "finished", "next", "debt"]);
// A text of a host as a paragraph; a long one folded, so that it cannot push everything else away.
function paragraph(value, attributes) {
  const whole = visible(value);
  if (whole.length <= LONG) return say("p", value, attributes);
  return el("div", {},
    say("p", whole.slice(0, LONG / 2) + " \u2026", attributes),
    el("details", {}, el("summary", {}, "All " + whole.length.toLocaleString("en") + " characters"), say("div", whole, { class: "long" })));
}

// Data of whatever shape: texts as paragraphs, lists as lists, mappings as names and values.
function anything(value) {
  if (isMap(value)) {
    const rows = Object.keys(value).filter((key) => !nothing(value[key]));
    return el("dl", { class: "data" }, rows.map((key) => [say("dt", words(key)), el("dd", {}, anything(value[key]))]));
  }
  if (isList(value)) return el("ul", { class: "plain" }, value.map((one) => el("li", {}, anything(one))));
  return paragraph(isText(value) ? value : shown(value));
}

function part(title, value) {
  return nothing(value) ? null : el("div", {}, el("h5", {}, title), anything(value));
}

function differences(before, after) {
  const old = new Map(leaves(before));
  const now = new Map(leaves(after));
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((path) => [path, old.get(path), now.get(path)])
    .filter(([, one, other]) => JSON.stringify(one ?? null) !== JSON.stringify(other ?? null) && !(nothing(one) && nothing(other)));
}

function diffTable(rows, caption, all) {
  if (!rows.length) return null;
  return el("table", { class: "diff" },
    el("caption", { class: "hidden" }, caption),
    el("thead", {}, el("tr", {}, ["setting", "before", "after"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map(([path, one, other]) => {
      const changed = JSON.stringify(one ?? null) !== JSON.stringify(other ?? null);
      return el("tr", { class: all && changed ? "changed" : null }, say("th", fieldName(path), { scope: "row" }),
        say("td", shown(one), { "data-label": "before" }), say("td", shown(other), { "data-label": "after" }));
    })));
}

function step(one, run) {
  const state = one.taken_back ? "undone" : one.conditional ? "only if the previous step does not help"
    : run.check_mode ? "planned" : one.changed ? "changed" : "no change";
  const after = one.helped === true ? "MAPS was reachable afterward."
    : one.helped === false ? "MAPS was not reachable afterward" + (one.hresult_after ? ": " + one.hresult_after : "") + "." : "";
  const rows = differences(one.before, one.after).filter(([path]) => !/\braw(_32)?$/.test(path));
  return el("li", { class: mood(one.helped) },
    say("h4", stepName(one.id).replace(/^./, (first) => first.toUpperCase())),
    el("p", {}, el("span", { class: "code" }, visible(one.module || "")), el("span", { class: "tag" }, state)),
    nothing(one.reason) ? null : paragraph(one.reason),
    diffTable(rows, "What the step changed"),
    after ? say("p", after) : null,
    one.helped === false && !nothing(one.diagnosis_after) ? paragraph(one.diagnosis_after) : null);
}

function ended(run) {
  const cost = [];
  if (typeof run.time === "number" && run.time) cost.push(run.time.toLocaleString("en") + " s of tasks on the host");
  if (run.requests) cost.push(plural(run.requests, "request"));
  if (run.bytes) cost.push(Math.round(run.bytes / 1024).toLocaleString("en") + " KB");
  const good = run.outcome === "healthy" || run.outcome === "repaired";
  return el("li", { class: good ? "yes" : OPEN.has(run.outcome) ? "no" : null },
    el("h4", {}, "Outcome: " + visible(outcomeName(run.outcome))),
    el("p", {}, OUTCOMES.has(run.outcome) ? OUTCOMES.get(run.outcome).meaning : ""),
    cost.length ? say("p", cost.join(", ") + ".", { class: "facts" }) : null);
}

function timeline(run) {
  return el("ol", { class: "timeline" }, checked(run), list(run.steps).filter(isMap).map((one) => step(one, run)), ended(run));
}

function time(value) {
  const found = isText(value) && /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(:\d\d)?)/.exec(value);
  return found ? found[1] + " " + found[2] + (value.endsWith("Z") ? " UTC" : "") : visible(value || "");
}

function stateTable(run) {
  const one = map(map(run.before).state);
  const other = map(map(run.after).state);
  const paths = [...new Set([...leaves(one), ...leaves(other)].map(([path]) => path))].filter((path) => !/\braw(_32)?$/.test(path));
  const old = new Map(leaves(one));
  const now = new Map(leaves(other));
  const empty = (value) => value === "" || value === undefined;
  const rows = paths.map((path) => [path, old.get(path), now.get(path)]).filter(([, before, after]) => !empty(before) || !empty(after));
  return rows.length ? [el("h3", {}, "State before and after"), diffTable(rows, "State of the host before and after", true)] : [];
}

function ways(run) {
  const left = list(run.next).filter((one) => isMap(one) || isText(one));
  if (!left.length || !OPEN.has(run.outcome)) return [];
  return [el("h3", {}, "Next steps"), el("ol", { class: "plain" }, left.map((one) => {
    if (isText(one)) return say("li", one);
    const who = one.who || (one.module ? "you, with " + moduleName(one.module) : "not specified");
    const rest = Object.keys(one).filter((key) => !["who", "text", "module"].includes(key) && !nothing(one[key]));
    return el("li", {}, say("span", who + ": " + (one.text || "")),
      rest.map((key) => say("p", words(key) + ": " + shown(one[key]), { class: "facts" })));
  }))];
}

// What was loosened and is to be taken back.
function debts(host) {
  if (nothing(host.debt)) return [];
  return [el("h3", {}, "Relaxed checks"), ...list(host.debt).map((one) => {
    if (!isMap(one) || nothing(one.what) || !isList(one.lost)) return anything(one);
    const days = typeof one.age_days === "number" ? ", " + daysOf(one.age_days) + " ago" : "";
    return say("p", fieldName(String(one.what)) + " is " + shown(one.value) + " and was " + (nothing(one.before) ? "not set" : shown(one.before))
      + "; turned off: " + one.lost.map(words).join(", ") + ". Since " + time(one.since) + days + ".");
  })];
}

// The neighbours are those of the list as it is filtered and sorted.
function neighbours(host) {
  const place = found.indexOf(host);
  const link = (other, name) => (other ? el("a", { href: "#/host/" + encodeURIComponent(other.name) }, name, " ", say("bdi", other.name)) : "");
  const back = el("a", { href: listRoute(), id: "back" }, "Back to all hosts");
  return el("nav", { "aria-label": "Hosts" }, back, el("span", { class: "grow" }),
    place > 0 ? link(found[place - 1], "Previous:") : "", place >= 0 ? link(found[place + 1], "Next:") : "");
}

function showHost(host) {
  const facts = [host.site, host.outcome === "healthy" ? "" : host.cause_title].filter(Boolean);
  const times = host.finished ? (host.started && host.started !== host.finished ? time(host.started) + " to " : "") + time(host.finished) : "";
  const earlier = list(host.earlier).filter(isMap).slice().reverse();
  document.getElementById("host").replaceChildren(
    neighbours(host),
    say("h2", host.name, { tabindex: "-1", id: "host-name" }),
    el("p", { class: "facts" }, outcomeMark(host), facts.map((fact) => [" \u00b7 ", say("bdi", fact)]), times ? " \u00b7 " + times : ""),
    nothing(host.reason) ? "" : paragraph(host.reason, { class: "reason" }),
    ...ways(host),
    ...debts(host),
    el("h3", {}, "What happened"),
    timeline(host),
    ...stateTable(host),
    ...proxyTable(host),
    ...Object.keys(host).filter((key) => !KNOWN_HOST.has(key) && !nothing(host[key])).flatMap((key) => [
      say("h3", words(key).replace(/^./, (first) => first.toUpperCase())), anything(host[key])]),
    ...(earlier.length ? [el("h3", {}, "Earlier runs"), ...earlier.map((run) =>
      el("details", {}, say("summary", (time(run.finished) || "unknown time") + ": " + outcomeName(run.outcome)), timeline(run)))] : []));
}
