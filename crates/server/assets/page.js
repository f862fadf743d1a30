// What every page does besides: nothing here is needed to use one.

const find = document.getElementById("find");
const POPUPS = "details:is(.refusal, .popup)[open]";

// On a phone, the tab that is shown may lie beyond the edge.
const tab = document.querySelector(".tabs [aria-current]");
const tabs = tab?.closest("ul");
const beyond = tabs ? tab.getBoundingClientRect().right - tabs.getBoundingClientRect().right : 0;
if (beyond > 0) tabs.scrollLeft = beyond + 32;

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && find) {
    event.preventDefault();
    find.focus();
    find.select();
  }
  if (event.key === "Escape") {
    for (const opened of document.querySelectorAll(POPUPS)) {
      opened.open = false;
      if (opened.contains(document.activeElement)) opened.querySelector("summary").focus();
    }
  }
});

// One of these is open at a time, and closes when somebody looks elsewhere.
document.addEventListener("click", (event) => {
  for (const opened of document.querySelectorAll(POPUPS)) {
    if (!opened.contains(event.target)) opened.open = false;
  }
});

// People are offered as somebody types.
let offering;
document.addEventListener("input", (event) => {
  const line = event.target.closest("input[data-people]");
  if (!line || line.value.length < 1) return;
  clearTimeout(offering);
  offering = setTimeout(async () => {
    const people = `/api/v1/users?archived=false&limit=10&text=${encodeURIComponent(line.value)}`;
    const answer = await fetch(people, { headers: { "x-requested-with": "page" } }).catch(() => undefined);
    if (!answer?.ok) return;
    const { items } = await answer.json();
    line.list.replaceChildren(...items.map((person) => new Option(person.name, person.id)));
  }, 150);
});

// So are items, by their names: configurations, components and project areas.
const NAMED = ["configurations?limit=8&name=", "components?limit=4&name=", "project-areas?limit=4&text="];
document.addEventListener("input", (event) => {
  const line = event.target.closest("input[data-items]");
  if (!line || line.value.length < 2) return;
  clearTimeout(offering);
  offering = setTimeout(async () => {
    const find = async (list) => {
      const answer = await fetch(`/api/v1/${list}${encodeURIComponent(line.value)}`);
      return answer.ok ? (await answer.json()).items : [];
    };
    const found = (await Promise.all(NAMED.map(find))).flat();
    if (found.length === 0) return;
    line.list.replaceChildren(...found.map((item) => new Option(`${item.kind ?? ""} ${item.name}`.trim(), item.reference)));
  }, 150);
});

// In a table of boxes the arrows go from one to the next, and the tab key passes it as a whole.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
for (const form of document.querySelectorAll("form.cells")) {
  const rows = [...form.querySelectorAll("tbody tr")]
    .map((row) => [...row.querySelectorAll("td input")])
    .filter((row) => row.length > 0);
  const all = rows.flat().filter((box) => !box.disabled);
  let reached = all[0];
  for (const box of all) box.tabIndex = box === reached ? 0 : -1;
  form.addEventListener("focusin", ({ target }) => {
    if (!all.includes(target)) return;
    reached.tabIndex = -1;
    reached = target;
    reached.tabIndex = 0;
  });
  form.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    let row = rows.findIndex((row) => row.includes(event.target));
    if (!step || row < 0) return;
    event.preventDefault();
    let column = rows[row].indexOf(event.target);
    do {
      row += step[0];
      column += step[1];
    } while (rows[row]?.[column]?.disabled);
    rows[row]?.[column]?.focus();
  });
}

// What edits what is ticked tells of how many that is.
for (const form of document.querySelectorAll("form[action='/edit-attributes']")) {
  const button = form.querySelector("button[type=submit]:not([name])");
  if (!button) continue;
  const words = button.textContent;
  form.addEventListener("change", () => {
    const ticked = form.querySelectorAll("input[name=item]:checked").length;
    button.textContent = ticked > 0 ? `${words} (${ticked})` : words;
  });
}

// A form with a bar that saves tells how much is changed, and who gains and who loses by it.
for (const form of document.querySelectorAll("form[data-impact]")) {
  const bar = form.querySelector(".savebar");
  const count = bar?.querySelector(".count");
  const told = bar?.querySelector(".told");
  const reviewed = form.elements.reviewed;
  if (!bar || !count || !told || !reviewed) continue;
  const begun = said(form);
  let waiting;
  let asking;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    // Nobody waits for what was asked before.
    asking?.abort();
    reviewed.value = "";
    const now = said(form);
    const changed = [...new Set([...begun.keys(), ...now.keys()])].filter(
      (name) => begun.get(name) !== now.get(name),
    ).length;
    count.textContent = changed === 0 ? "Nothing is changed" : changed === 1 ? "1 change" : `${changed} changes`;
    form.toggleAttribute("data-changed", changed > 0);
    if (changed === 0) {
      told.replaceChildren();
      return;
    }
    waiting = setTimeout(ask, 400);
  });
  form.addEventListener("submit", () => form.removeAttribute("data-changed"));

  async function ask() {
    asking = new AbortController();
    const { signal } = asking;
    const body = new URLSearchParams(new FormData(form));
    body.set("step", "impact");
    const sent = { method: "POST", body, headers: { accept: "text/html" }, signal };
    const answer = await fetch(form.action, sent).then((it) => it.text()).catch(() => "");
    if (signal.aborted) return;
    const page = new DOMParser().parseFromString(answer, "text/html");
    const part = page.querySelector(".change, .notice");
    part?.removeAttribute("autofocus");
    // What was told before is of another form.
    told.replaceChildren(part ?? "Who gains and who loses cannot be told now.");
    reviewed.value = part?.dataset.reviewed ?? "";
    // The bar has grown: what is being edited stays in sight.
    if (form.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "nearest" });
  }
}

function said(form) {
  const all = new Map();
  for (const [name, value] of new FormData(form)) {
    if (name === "reviewed") continue;
    all.set(name, `${all.get(name) ?? ""}\n${value}`);
  }
  return all;
}

// Whoever discards means it.
document.addEventListener("click", (event) => {
  if (!event.target.closest(".savebar .choice > a, .review .choice > a")) return;
  for (const form of document.querySelectorAll("form[data-changed]")) form.removeAttribute("data-changed");
});

addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-changed]")) event.preventDefault();
});
