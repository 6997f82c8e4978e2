// The address after # says what is shown: #/ with the filters of the list, or #/host/NAME. So every view can be linked to,
// and the browser's own back and forward work.

const TITLE = document.title;
// The address that what is shown belongs to. The event of a change can come late, when typing has changed the address again.
let current = null;

function listRoute() {
  const query = new URLSearchParams();
  for (const name of Object.keys(START)) if (wanted[name] !== START[name]) query.set(name, wanted[name]);
  const text = query.toString();
  return "#/" + (text ? "?" + text : "");
}

// Shows the list with something changed. Typing and sorting replace the address, so that "back" leaves the list at once.
function go(change, focus) {
  wanted = { ...wanted, ...change };
  current = listRoute();
  history.replaceState(null, "", current);
  show();
  const target = focus && document.querySelector(focus);
  if (target) (target.disabled ? document.getElementById("h-hosts") : target).focus();
}

function read(query) {
  const given = new URLSearchParams(query);
  wanted = { ...START };
  for (const name of Object.keys(START)) if (given.has(name)) wanted[name] = given.get(name);
  if (!SIZES.includes(Number(wanted.size))) wanted.size = START.size;
}

function show() {
  select();
  showFilters();
  showList(false);
}

function hostNamed(path) {
  try {
    const name = decodeURIComponent(path);
    return HOSTS.find((host) => host.name === name);
  } catch {
    return undefined;
  }
}

let scrolled = 0;

function route(event) {
  const hash = location.hash;
  // Another anchor is no view.
  if (event && (hash === current || (hash && !hash.startsWith("#/")))) return;
  current = hash;
  const overview = document.getElementById("overview");
  const article = document.getElementById("host");
  const host = hash.startsWith("#/host/") ? hostNamed(hash.slice(7)) : undefined;
  if (host) {
    if (!overview.hidden) scrolled = window.scrollY;
    showHost(host);
    overview.hidden = true;
    article.hidden = false;
    document.title = visible(host.name) + " \u2013 " + TITLE;
    window.scrollTo(0, 0);
    document.getElementById("host-name").focus();
    return;
  }
  const came = !article.hidden && document.getElementById("host-name");
  if (!hash.startsWith("#/host/")) read(hash.split("?")[1] || "");
  article.hidden = true;
  article.replaceChildren();
  overview.hidden = false;
  document.title = TITLE;
  show();
  if (came) {
    window.scrollTo(0, scrolled);
    const link = document.querySelector('.hosts a[href="' + CSS.escape("#/host/" + encodeURIComponent(came.textContent)) + '"]');
    if (link) link.focus({ preventScroll: true });
  } else if (hash.includes("?")) {
    document.getElementById("hosts").scrollIntoView();
    document.getElementById("hosts").focus({ preventScroll: true });
  }
}

// The view keeps its address.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("hosts").scrollIntoView();
  document.getElementById("hosts").focus({ preventScroll: true });
});
makeFilters();
makeCopyButtons();
route(null);
window.addEventListener("hashchange", route);
// A printed list is the whole filtered list, as far as somebody would read it on paper.
window.addEventListener("beforeprint", () => { if (!document.getElementById("overview").hidden) showList(true); });
window.addEventListener("afterprint", () => { if (!document.getElementById("overview").hidden) showList(false); });
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest && event.target.closest("input, select, textarea");
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey && !document.getElementById("overview").hidden) {
    event.preventDefault();
    document.getElementById("f-q").focus();
  }
});
