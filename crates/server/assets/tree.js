// A table of a hierarchy becomes a treegrid: rows are reached by the arrow keys, and opened without leaving
// the page. What is open is in the address; the rows come from the server.

const table = document.getElementById("tree");
const body = table?.tBodies[0];

if (body) {
  table.setAttribute("role", "treegrid");
  table.setAttribute("aria-label", table.dataset.label);
  table.tHead.rows[0].setAttribute("role", "row");
  for (const cell of table.tHead.rows[0].cells) cell.setAttribute("role", "columnheader");
  take("");

  body.addEventListener("click", (event) => {
    const toggle = event.target.closest("tr[data-open] a.toggle");
    if (!toggle || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    turn(toggle.closest("tr"));
  });
  body.addEventListener("focusin", (event) => reach(event.target.closest("tr")));
  body.addEventListener("keydown", (event) => {
    if (event.target.closest("tr") !== event.target || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target;
    const rows = [...body.rows];
    const at = rows.indexOf(row);
    const go = {
      ArrowDown: () => rows[at + 1]?.focus(),
      ArrowUp: () => rows[at - 1]?.focus(),
      Home: () => rows[0].focus(),
      End: () => rows.at(-1).focus(),
      ArrowRight: () => (row.dataset.open === "false" ? turn(row) : row.dataset.open === "true" && rows[at + 1]?.focus()),
      ArrowLeft: () => (row.dataset.open === "true" ? turn(row) : above(row, rows, at)?.focus()),
      Enter: () => (row.querySelector(".mark a") ?? row.querySelector("a"))?.click(),
      " ": () => row.querySelector(".tick input")?.click(),
    }[event.key];
    if (!go) return;
    event.preventDefault();
    go();
  });
}

// Gives rows and cells the roles that they have in a treegrid. One row is in the order of the Tab key.
function take(path) {
  for (const row of body.rows) {
    row.setAttribute("role", "row");
    row.setAttribute("aria-level", row.dataset.level);
    if (row.dataset.at) {
      row.setAttribute("aria-posinset", row.dataset.at);
      row.setAttribute("aria-setsize", row.dataset.of);
    }
    if (row.dataset.open) row.setAttribute("aria-expanded", row.dataset.open);
    for (const cell of row.cells) cell.setAttribute("role", cell.tagName === "TH" ? "rowheader" : "gridcell");
  }
  reach([...body.rows].find((row) => row.dataset.path === path) ?? body.rows[0]);
}

function reach(reached) {
  if (!reached) return;
  for (const row of body.rows) {
    const here = row === reached;
    row.tabIndex = here ? 0 : -1;
    for (const part of row.querySelectorAll("a, input")) part.tabIndex = here ? 0 : -1;
  }
}

function above(row, rows, at) {
  return rows.slice(0, at).findLast((it) => Number(it.dataset.level) < Number(row.dataset.level));
}

// Opens or closes a row.
async function turn(row) {
  const address = row.querySelector("a.toggle").href;
  const ticked = new Set([...body.querySelectorAll(".tick input:checked")].map((it) => it.closest("tr").dataset.path));
  const wanted = new URL(address);
  wanted.searchParams.set("part", "rows");
  table.setAttribute("aria-busy", "true");
  const answer = await fetch(wanted, { headers: { accept: "text/html" } }).catch(() => undefined);
  table.removeAttribute("aria-busy");
  // Whoever is not signed in any more is led elsewhere.
  if (!answer?.ok || answer.redirected) {
    location.href = address;
    return;
  }
  const path = row.dataset.path;
  body.innerHTML = await answer.text();
  for (const it of body.rows) {
    const tick = it.querySelector(".tick input");
    if (tick && ticked.has(it.dataset.path)) tick.checked = true;
  }
  history.replaceState(null, "", address);
  for (const back of document.querySelectorAll('input[name="back"]')) {
    back.value = location.pathname + location.search;
  }
  take(path);
  [...body.rows].find((it) => it.dataset.path === path)?.focus();
}
