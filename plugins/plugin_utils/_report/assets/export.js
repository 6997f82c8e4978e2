// Texts that leave the page: requests and commands to copy, and the list as a table for spreadsheets.

// The rules of csv_cell.py: no cell is a formula, whatever a spreadsheet takes for the delimiter.
const SIGNS = "=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20";
const LEADING = new RegExp("^[\\s\"'\ufeff]*[" + SIGNS + "]");
const INNER = new RegExp("([,;|][\\s\"']*)(?=[" + SIGNS + "])", "g");

function csvCell(value) {
  const inner = visible(value).replace(/[\n\t]+/g, " ").replace(INNER, "$1\u2019");
  return '"' + (LEADING.test(inner) ? "'" + inner : inner).replace(/"/g, '""') + '"';
}

function exportList() {
  const rows = [COLUMNS.map((column) => column.name), ...found.map((host) => COLUMNS.map((column) => column.value(host)))];
  const text = "\ufeff" + rows.map((row) => row.map(csvCell).join(",") + "\r\n").join("");
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  el("a", { href: address, download: "hosts.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

function exportButton() {
  const made = el("button", { type: "button", id: "export" }, t("export"));
  made.addEventListener("click", exportList);
  return made;
}

// A button that copies what `text` gives; where the browser has no clipboard for us, the text is selected instead.
function copyButton(text, where) {
  const names = document.getElementById("copy-words").dataset;
  const made = el("button", { type: "button", class: "copy" }, names.copy);
  made.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      made.textContent = names.copied;
    } catch {
      getSelection().selectAllChildren(where);
    }
  });
  return made;
}

function letter(request) {
  const names = HOSTS.filter((host) => requestsOf(host).includes(request)).map((host) => "  " + visible(host.name) + "\n");
  return visible(request.head) + names.join("") + visible(DATA.tail);
}

function makeCopyButtons() {
  for (const place of document.querySelectorAll("pre[data-request]")) {
    const whole = () => letter(DATA.requests[Number(place.dataset.request)]);
    place.closest("details").addEventListener("toggle", () => {
      place.textContent = whole();
      place.after(copyButton(whole, place));
    }, { once: true });
  }
  for (const place of document.querySelectorAll("pre[data-copy]")) place.after(copyButton(() => place.textContent, place));
}
