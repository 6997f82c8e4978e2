// What people read instead of identifiers. What has no words here is shown with its own name.

const OUTCOMES = new Map(DATA.outcomes.map(([id, name, meaning]) => [id, { name, meaning }]));
const ORDER = new Map(DATA.outcomes.map(([id], place) => [id, place]));
const OPEN = new Set(DATA.open);
const LOOK = { healthy: "good", repaired: "good", unreachable: "lost", not_started: "lost" };
DATA.open.forEach((id) => { if (!Object.hasOwn(LOOK, id)) LOOK[id] = "open"; });
const stateIn = (host, when) => {
  if (host.outcome === "not_applicable") return "not_applicable";
  const connected = map(host[when]).connected;
  return connected === true ? "connected" : connected === false ? "not_connected" : "not_known";
};
const GROUPS = {
  connected: ["g_connected", (host) => stateIn(host, "after") === "connected"],
  not_connected: ["g_not_connected", (host) => stateIn(host, "after") === "not_connected"],
  not_known: ["g_not_known", (host) => stateIn(host, "after") === "not_known"],
  open_hosts: ["g_open", (host) => OPEN.has(host.outcome)],
};
const FIELDS = DATA.fields;

const words = (id) => String(id).replace(/_/g, " ");
const outcomeName = (id) => (OUTCOMES.has(id) ? OUTCOMES.get(id).name : words(id));
const confidenceName = (id) => (["certain", "likely", "possible"].includes(id) ? t(id) : words(id));
const stepName = (id) => (Object.hasOwn(DATA.steps, id) ? DATA.steps[id] : words(id));
const causeName = (id) => (Object.hasOwn(DATA.causes, id) ? DATA.causes[id] : words(id));
// "[2][1].name" is the name of item 2: a step that loops has a state for each item.
const fieldName = (path) => {
  if (Object.hasOwn(FIELDS, path)) return FIELDS[path];
  const item = /^\[(\d+)\]/.exec(path);
  const parts = path.replace(/\[\d+\]/g, "").split(".").filter(Boolean);
  const name = words(parts.pop() || t("item")) + (parts.length ? ", " + words(parts.join(", ")) : "");
  return item ? name + " (" + item[1] + ")" : name;
};
const dimensionName = (dimension) => (dimension === "site" ? t("site") : dimension);
const moduleName = (name) => String(name).split(".").pop();

// A validation in one word or code; `title` says whether it is a code.
function stateOf(validation) {
  const found = map(validation);
  if (found.connected === true) return t("state_connected");
  if (found.connected === null || found.connected === undefined) return t("state_unknown");
  return isText(found.hresult) && found.hresult ? found.hresult : t("state_no_answer");
}

function outcomeMark(host) {
  return el("span", { class: "outcome " + (Object.hasOwn(LOOK, host.outcome) ? LOOK[host.outcome] : "") }, visible(outcomeName(host.outcome)));
}

function stepsOf(host) {
  return list(host.steps).filter(isMap).map((step) =>
    stepName(step.id) + (step.taken_back ? " (" + t("undone") + ")" : step.conditional ? " (" + t("if_needed") + ")" : step.changed ? "" : " (" + t("no_change") + ")"));
}

function debtOf(host) {
  if (host.debt === null) return t("state_unknown");
  if (nothing(host.debt)) return "";
  const days = list(host.debt).map((one) => map(one).age_days).filter((one) => typeof one === "number");
  return days.length ? daysOf(Math.max(...days)) : t("yes");
}

function daysOf(days) {
  const whole = Math.floor(days);
  return whole < 1 ? t("days_none") : t(whole === 1 ? "days_one" : "days_many", { number: number(whole) });
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
  if (isList(value)) return value.length ? value.map(shown).join(", ") : t("none");
  if (value === null || value === undefined) return t("not_set");
  if (value === "") return t("empty");
  return value === true ? t("yes") : value === false ? t("no") : typeof value === "number" ? String(value) : visible(value);
}

// Whether a text is in the language of the page. What a run said in another language is shown apart, as its record.
const speaksOurs = (text) => JAPANESE.test(text) === (LANGUAGE === "ja") || !/\p{L}{2,}\s+\p{L}{2,}\s+\p{L}{2,}/u.test(String(text));
const requestsOf = (host) => list(host.todo).map((place) => DATA.requests[place]);
