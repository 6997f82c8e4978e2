// The data of the page, and the only ways in which it becomes elements: as text, never as markup.

// Objects inherit nothing, so a key such as "__proto__" is a key like any other. Not made by Object.create(null): Chromium
// keeps the keys of each such object apart.
function Plain() {}
Plain.prototype = Object.create(null);

// The document that packed_json writes: every distinct value once.
function unpack(text) {
  const { shapes, values, root } = JSON.parse(text);
  const known = new Array(values.length);
  const get = (index) => (Array.isArray(values[index]) ? (known[index] ??= make(values[index])) : values[index]);
  function make(value) {
    if (!(value[0] < 0)) return value.map(get);
    const made = new Plain();
    const keys = shapes[-1 - value[0]];
    for (let place = 0; place < keys.length; place += 1) made[keys[place]] = get(value[place + 1]);
    return made;
  }
  return get(root);
}

const DATA = unpack(document.getElementById("data").textContent);
const HOSTS = DATA.hosts;

// What cannot be seen, such as marks that turn the direction of a text, is written as its code point.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]/;

function visible(value) {
  return String(value).replace(UNSEEN, (one) => {
    if (one === "\n" || one === "\t") return one;
    return one === "\r" ? "" : "\u27e8U+" + one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0") + "\u27e9";
  });
}

// el("a", {href: "#/", class: "x"}, "text", element, null) makes an element; texts become text nodes.
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  add(made, children);
  return made;
}

function add(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(parent, child);
    else if (child !== null && child !== undefined && child !== "") parent.append(child);
  }
}

// Marked where it is not that of the page: without a mark, kanji get Chinese shapes.
const languageOf = (text) => (JAPANESE.test(text) ? (DATA.language === "ja" ? null : "ja") : null);

// A text from a host or a table of words, in an element of its own with its direction and language.
function say(tag, value, attributes) {
  const text = visible(value);
  return el(tag, { dir: "auto", lang: languageOf(text), ...attributes }, text);
}

const isText = (value) => typeof value === "string";
const isList = Array.isArray;
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const map = (value) => (isMap(value) ? value : Object.create(null));
const list = (value) => (isList(value) ? value : value === null || value === undefined || value === "" ? [] : [value]);
const nothing = (value) => value === null || value === undefined || value === "" || (isList(value) && !value.length)
  || (isMap(value) && !Object.keys(value).length);
const LANGUAGE = DATA.language;
const number = new Intl.NumberFormat(LANGUAGE).format;
// A text in the language of the report, with its values.
const t = (name, values) => DATA.texts[name].replace(/\{(\w+)\}/g, (whole, key) => (values && key in values ? values[key] : whole));
const hostCount = (count) => t(count === 1 ? "one_host" : "many_hosts", { number: number(count) });
