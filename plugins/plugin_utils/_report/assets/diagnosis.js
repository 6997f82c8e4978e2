// What a validation found: the answer, each cause with what speaks for and against it, and what is not known.

const KNOWN_CHECK = new Set(["connected", "hresult", "httpcore", "cause", "cause_title", "title", "confidence", "summary", "alternatives",
  "also_possible", "evidence", "causes", "undecided", "unseen", "solutions", "cautions", "latent", "run_as", "diagnosis", "state", "routes"]);
const mood = (connected) => (connected === true ? "yes" : connected === false ? "no" : null);

function answer(check) {
  const as = check.run_as === "system" ? ", checked as SYSTEM" : check.run_as === "current" ? ", checked as the account that logged on" : "";
  if (check.connected === true) return "MAPS is reachable" + as + ".";
  if (check.connected !== false) return "Whether MAPS is reachable is unknown.";
  const code = isText(check.hresult) && check.hresult ? ": " + check.hresult : "";
  const http = typeof check.httpcore === "number" ? " (httpcore " + check.httpcore + ")" : "";
  return "MAPS is not reachable" + code + http + as + ".";
}

function tag(confidence) {
  return isText(confidence) && confidence ? el("span", { class: "tag" }, visible(words(confidence))) : null;
}

function cause(one) {
  return el("div", { class: "cause" },
    el("h5", {}, say("span", one.title || causeName(one.id)), tag(one.confidence)),
    nothing(one.evidence_for) ? null : anything(one.evidence_for),
    part("Evidence against it", one.evidence_against),
    nothing(one.hardening) ? null : part("Text for an exception request", [map(one.hardening).exception_request]),
    nothing(one.sources) ? null : say("p", "Sources: " + list(one.sources).map(shown).join("; "), { class: "facts" }));
}

// An older diagnosis has its evidence in one list, and names what else is possible by identifiers.
function causes(check) {
  const found = list(check.causes).filter(isMap);
  if (found.length) return [el("h5", {}, "Causes and evidence"), found.map(cause)];
  const given = isMap(check.evidence) ? [part("Evidence for it", check.evidence.for), part("Evidence against it", check.evidence.against)]
    : [part("Evidence", check.evidence)];
  const also = nothing(check.also_possible) ? list(check.alternatives).map((one) => (isText(one) ? causeName(one) : one)) : check.also_possible;
  return [...given, part("Also possible", also)];
}

function undecided(check) {
  return part("Could be any of", list(check.undecided).map((one) => {
    if (!isMap(one)) return one;
    const titles = list(nothing(one.titles) ? list(one.causes).map(causeName) : one.titles).map(shown).join(", or ");
    return titles + (nothing(one.probe) ? "" : ". To find out: " + shown(one.probe));
  }));
}

function unseen(check) {
  const rows = list(check.unseen);
  if (!rows.length) return null;
  return el("details", {}, el("summary", {}, "Unknown: " + plural(rows.length, "other cause") + " without evidence so far"),
    el("ul", { class: "plain" }, rows.map((one) => (isMap(one)
      ? say("li", (one.title || causeName(one.id)) + (nothing(one.probe) ? "" : ": " + shown(one.probe))) : el("li", {}, anything(one))))));
}

function checked(run) {
  const check = map(run.before);
  if (nothing(run.before)) return null;
  const told = check.connected === true ? [part("Note", check.cautions)] : [
    nothing(check.summary) ? (nothing(check.diagnosis) ? null : paragraph(check.diagnosis)) : paragraph(check.summary),
    causes(check), undecided(check), part("Note", check.cautions), unseen(check)];
  return el("li", { class: mood(check.connected) },
    el("h4", {}, "Checked", check.connected === true ? null : tag(check.confidence)),
    say("p", answer(check)),
    told,
    Object.keys(check).filter((key) => !KNOWN_CHECK.has(key) && !nothing(check[key])).map((key) => part(words(key), check[key])));
}
