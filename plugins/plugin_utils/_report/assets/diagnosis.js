// What a validation found: the answer, each cause with what speaks for and against it, and what is not known.

const KNOWN_CHECK = new Set(["connected", "hresult", "httpcore", "cause", "cause_title", "title", "confidence", "summary", "alternatives",
  "also_possible", "evidence", "causes", "undecided", "unseen", "solutions", "cautions", "latent", "run_as", "diagnosis", "state", "routes"]);
const mood = (connected) => (connected === true ? "yes" : connected === false ? "no" : null);

function answer(check) {
  const as = check.run_as === "system" ? t("as_system") : check.run_as === "current" ? t("as_current") : "";
  if (check.connected === true) return t("is_reachable", { as });
  if (check.connected !== false) return t("is_unknown");
  return t("is_not_reachable", { as, code: codeOf(check) });
}

function codeOf(check) {
  const code = isText(check.hresult) && check.hresult ? ": " + check.hresult : "";
  return code + (typeof check.httpcore === "number" ? " (httpcore " + check.httpcore + ")" : "");
}

function tag(confidence) {
  return isText(confidence) && confidence ? el("span", { class: "tag" }, visible(confidenceName(confidence))) : null;
}

function cause(one) {
  return el("div", { class: "cause" },
    el("h5", {}, say("span", Object.hasOwn(DATA.causes, one.id) ? causeName(one.id) : one.title || causeName(one.id)), tag(one.confidence)),
    nothing(one.evidence_for) ? null : anything(one.evidence_for),
    part(t("evidence_against"), one.evidence_against),
    nothing(one.hardening) ? null : part(t("exception_text"), [map(one.hardening).exception_request]),
    nothing(one.sources) ? null : say("p", t("sources") + list(one.sources).map(shown).join("; "), { class: "facts" }));
}

// An older diagnosis has its evidence in one list, and names what else is possible by identifiers.
function causes(check) {
  const found = list(check.causes).filter(isMap);
  if (found.length) return [el("h5", {}, t("causes_evidence")), found.map(cause)];
  const given = isMap(check.evidence) ? [part(t("evidence_for"), check.evidence.for), part(t("evidence_against"), check.evidence.against)]
    : [part(t("evidence"), check.evidence)];
  const also = nothing(check.also_possible) ? list(check.alternatives).map((one) => (isText(one) ? causeName(one) : one)) : check.also_possible;
  return [...given, part(t("also_possible"), also)];
}

function undecided(check) {
  return part(t("could_be"), list(check.undecided).map((one) => {
    if (!isMap(one)) return one;
    const titles = list(nothing(one.titles) ? list(one.causes).map(causeName) : one.titles).map(shown).join(t("or"));
    return titles + (nothing(one.probe) ? "" : t("to_find_out") + shown(one.probe));
  }));
}

function unseen(check) {
  const rows = list(check.unseen);
  if (!rows.length) return null;
  return el("details", {}, el("summary", {}, t("unseen", { number: number(rows.length) })),
    el("ul", { class: "plain" }, rows.map((one) => (isMap(one)
      ? say("li", (one.title || causeName(one.id)) + (nothing(one.probe) ? "" : ": " + shown(one.probe))) : el("li", {}, anything(one))))));
}

function checked(run) {
  const check = map(run.before);
  if (nothing(run.before)) return null;
  const stated = check.connected === true ? [part(t("note"), check.cautions)] : [
    nothing(check.summary) ? (nothing(check.diagnosis) ? null : paragraph(check.diagnosis)) : paragraph(check.summary),
    causes(check), undecided(check), part(t("note"), check.cautions), unseen(check)];
  return el("li", { class: mood(check.connected) },
    el("h4", {}, t("checked"), check.connected === true ? null : tag(check.confidence)),
    say("p", answer(check)),
    stated,
    Object.keys(check).filter((key) => !KNOWN_CHECK.has(key) && !nothing(check[key])).map((key) => part(words(key), check[key])));
}
