// A host's own page: what was found, what was done, and how it ended, in the order in which it happened.

const LONG = 600;
const KNOWN_HOST = new Set(["name", "cause", "cause_title", "outcome", "reason", "before", "after", "steps", "changes", "check_mode", "time",
  "requests", "bytes", "site", "groups", "kind", "todo", "earlier", "started", "finished", "next", "debt"]);
// A text of a host as a paragraph; a long one folded, so that it cannot push everything else away.
function paragraph(value, attributes) {
  const whole = visible(value);
  if (whole.length <= LONG) return say("p", value, attributes);
  return el("div", {},
    say("p", whole.slice(0, LONG / 2) + " \u2026", attributes),
    el("details", {}, el("summary", {}, t("all_characters", { number: number(whole.length) })), say("div", whole, { class: "long" })));
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
    el("thead", {}, el("tr", {}, [t("setting"), t("before"), t("after")].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, rows.map(([path, one, other]) => {
      const changed = JSON.stringify(one ?? null) !== JSON.stringify(other ?? null);
      return el("tr", { class: all && changed ? "changed" : null }, say("th", fieldName(path), { scope: "row" }),
        say("td", shown(one), { "data-label": t("before") }), say("td", shown(other), { "data-label": t("after") }));
    })));
}

function stepState(one, run) {
  return one.taken_back ? t("undone") : one.conditional ? t("only_if") : run.check_mode ? t("step_planned") : one.changed ? t("changed") : t("no_change");
}

function stepResult(one) {
  const code = one.hresult_after ? ": " + one.hresult_after : "";
  return one.helped === true ? t("helped") : one.helped === false ? t("not_helped", { code }) : "";
}

const stepTitle = (one) => stepName(one.id).replace(/^./, (first) => first.toUpperCase());

function step(one, run) {
  const after = stepResult(one);
  const rows = differences(one.before, one.after).filter(([path]) => !/\braw(_32)?$/.test(path));
  return el("li", { class: mood(one.helped) },
    say("h4", stepTitle(one)),
    el("p", {}, el("span", { class: "code" }, visible(one.module || "")), el("span", { class: "tag" }, stepState(one, run))),
    nothing(one.reason) ? null : paragraph(one.reason),
    diffTable(rows, t("step_changes")),
    after ? say("p", after) : null,
    one.helped === false && !nothing(one.diagnosis_after) ? paragraph(one.diagnosis_after) : null);
}

function ended(run) {
  const cost = [];
  if (typeof run.time === "number" && run.time) cost.push(t("seconds", { number: number(run.time) }));
  if (run.requests) cost.push(t(run.requests === 1 ? "requests_one" : "requests_many", { number: number(run.requests) }));
  if (run.bytes) cost.push(t("kilobytes", { number: number(Math.round(run.bytes / 1024)) }));
  const good = run.outcome === "healthy" || run.outcome === "repaired";
  return el("li", { class: good ? "yes" : OPEN.has(run.outcome) ? "no" : null },
    el("h4", {}, t("outcome_is", { outcome: visible(outcomeName(run.outcome)) })),
    el("p", {}, OUTCOMES.has(run.outcome) ? OUTCOMES.get(run.outcome).meaning : ""),
    cost.length ? say("p", cost.join(t("comma")), { class: "facts" }) : null);
}

function timeline(run) {
  return el("ol", { class: "timeline" }, checked(run), list(run.steps).filter(isMap).map((one) => step(one, run)), ended(run));
}

const moment = (value) => isText(value) && /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(:\d\d)?)/.exec(value);

function time(value) {
  const found = moment(value);
  if (!found) return visible(value || "");
  const [year, month, day] = found[1].split("-").map(Number);
  // Year, month and day in Japanese. Nothing but ASCII stands in a program: a browser reads it faster.
  if (LANGUAGE === "ja") return year + "\u5e74" + month + "\u6708" + day + "\u65e5 " + found[2] + (value.endsWith("Z") ? " (UTC)" : "");
  return found[1] + " " + found[2] + (value.endsWith("Z") ? " UTC" : "");
}

// When a host was worked on; of two times on the same day, the first is a clock time.
function period(host) {
  const [from, to] = [moment(host.started), moment(host.finished)];
  if (!host.finished || !host.started || host.started === host.finished) return time(host.finished);
  const zone = host.started.endsWith("Z") && host.finished.endsWith("Z");
  if (!from || !to || !zone || from[1] !== to[1]) return time(host.started) + t("to") + time(host.finished);
  return time(host.finished).replace(to[2], from[2] + t("to") + to[2]);
}

function stateTable(run) {
  const one = map(map(run.before).state);
  const other = map(map(run.after).state);
  const paths = [...new Set([...leaves(one), ...leaves(other)].map(([path]) => path))].filter((path) => !/\braw(_32)?$/.test(path));
  const old = new Map(leaves(one));
  const now = new Map(leaves(other));
  const empty = (value) => value === "" || value === undefined;
  const rows = paths.map((path) => [path, old.get(path), now.get(path)]).filter(([, before, after]) => !empty(before) || !empty(after));
  if (!rows.length) return [];
  const same = ([, before, after]) => JSON.stringify(before ?? null) === JSON.stringify(after ?? null);
  const kept = rows.filter(same);
  return [el("h3", {}, t("state_table")), diffTable(rows.filter((row) => !same(row)), t("state_caption"), true),
    kept.length ? el("details", {}, el("summary", {}, t("same_rows", { number: number(kept.length) })), diffTable(kept, t("state_caption"), true)) : ""];
}

// Every way, with what it costs; the first one is a request.
function ways(run) {
  const left = list(run.next).filter((one) => isMap(one) || isText(one));
  if (!left.length || !OPEN.has(run.outcome)) return [];
  return [el("h3", {}, t("ways")), el("ol", { class: "plain" }, left.map((one) => {
    if (isText(one)) return say("li", one);
    const who = one.who || (one.module ? t("you_with", { module: moduleName(one.module) }) : t("not_specified"));
    const rest = Object.keys(one).filter((key) => !["who", "text", "module"].includes(key) && !nothing(one[key]));
    return el("li", {}, say("span", who + ": " + (one.text || "")),
      rest.map((key) => say("p", fieldName(key) + ": " + shown(one[key]), { class: "facts" })));
  }))];
}

// What was relaxed and is to be restored.
function debts(host) {
  if (nothing(host.debt)) return [];
  return list(host.debt).map((one) => {
    if (!isMap(one) || nothing(one.what) || !isList(one.lost)) return anything(one);
    return say("p", t("debt_line", {
      what: fieldName(String(one.what)), value: shown(one.value), before: nothing(one.before) ? t("not_set") : shown(one.before),
      lost: one.lost.map(words).join(t("comma")), since: time(one.since), days: typeof one.age_days === "number" ? daysOf(one.age_days) : t("unknown_time"),
    }));
  });
}

// The neighbours are those of the list as it is filtered and sorted.
function neighbours(host) {
  const place = found.indexOf(host);
  const link = (other, name) => (other ? el("a", { href: "#/host/" + encodeURIComponent(other.name) }, name, say("bdi", other.name)) : "");
  const back = el("a", { href: listRoute(), id: "back" }, t("back"));
  return el("nav", { "aria-label": t("col_host") }, back, el("span", { class: "grow" }),
    place > 0 ? link(found[place - 1], t("previous_host")) : "", place >= 0 ? link(found[place + 1], t("next_host")) : "");
}

// The evidence for the cause of a host, as far as it is in the language of the page.
function proof(host) {
  const check = map(host.before);
  const named = list(check.causes).filter((one) => isMap(one) && one.id === host.cause);
  const pieces = named.length ? named.flatMap((one) => list(one.evidence_for)) : list(check.evidence);
  const ours = pieces.filter((one) => isText(one) && speaksOurs(one)).slice(0, 5);
  const code = check.connected === false && isText(check.hresult) && check.hresult ? [answer(check)] : [];
  return [...code, ...ours];
}

function done(host) {
  const steps = list(host.steps).filter(isMap);
  if (!steps.length) return t("nothing_done");
  return el("ul", { class: "plain" }, steps.map((one) => say("li", [stepTitle(one) + " (" + stepState(one, host) + ")", stepResult(one)].filter(Boolean).join(": "))));
}

function now(host) {
  const after = map(host.after);
  const state = nothing(host.after) ? t("is_unknown") : answer(after);
  return [el("p", { class: "now " + (mood(after.connected) || "") }, visible(state)),
    Object.hasOwn(DATA.since, host.name) ? say("p", DATA.since[host.name]) : null, debts(host)].filter(Boolean);
}

// One story: what was wrong, the proof, what was done, what is true now, what is left. Everything else is folded.
function story(host) {
  const wrong = !["healthy", "not_applicable"].includes(host.outcome) || map(host.before).connected === false;
  const meaning = Object.hasOwn(DATA.meanings, host.cause) && host.cause !== "none" ? DATA.meanings[host.cause]
    : OUTCOMES.has(host.outcome) ? OUTCOMES.get(host.outcome).meaning : "";
  const document = DATA.documents[host.cause];
  const evidence = proof(host);
  const left = requestsOf(host);
  const row = (name, ...value) => [el("dt", {}, name), el("dd", {}, ...value)];
  return el("dl", { class: "story" },
    row(wrong ? t("was_wrong") : t("was_fine"), say("p", meaning), OPEN.has(host.outcome) && document ? el("a", { href: document, rel: "noreferrer" }, t("documentation")) : null),
    evidence.length ? row(t("proof"), el("ul", { class: "plain" }, evidence.map((one) => el("li", {}, paragraph(one))))) : [],
    host.kind === "assess" ? [] : row(t("was_done"), done(host)),
    row(t("is_true_now"), now(host)),
    left.length ? row(t("next_steps"), el("ul", { class: "plain" }, left.map((one) => el("li", {}, say("span", one.who + ": " + one.text))))) : []);
}

function inDetail(host) {
  const earlier = list(host.earlier).filter(isMap).slice().reverse();
  return el("details", { class: "folded" }, el("summary", {}, t("in_detail")),
    nothing(host.reason) ? "" : [el("h3", {}, t("recorded")), paragraph(host.reason, { class: "reason" })],
    ways(host),
    el("h3", {}, t("happened")),
    timeline(host),
    stateTable(host),
    proxyTable(host),
    Object.keys(host).filter((key) => !KNOWN_HOST.has(key) && !nothing(host[key])).flatMap((key) => [
      say("h3", words(key).replace(/^./, (first) => first.toUpperCase())), anything(host[key])]),
    earlier.length ? [el("h3", {}, t("earlier")), earlier.map((run) =>
      el("details", {}, say("summary", (time(run.finished) || t("unknown_time")) + ": " + outcomeName(run.outcome)), timeline(run)))] : []);
}

function showHost(host) {
  const facts = [...DIMENSIONS.map((dimension) => valueOf(host, dimension)), host.outcome === "healthy" ? "" : host.cause_title].filter(Boolean);
  const times = period(host);
  document.getElementById("host").replaceChildren(
    neighbours(host),
    say("h2", host.name, { tabindex: "-1", id: "host-name" }),
    el("p", { class: "facts" }, outcomeMark(host), facts.map((fact) => [" \u00b7 ", say("bdi", fact)]), times ? " \u00b7 " + times : ""),
    story(host),
    inDetail(host));
}
