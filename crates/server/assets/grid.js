// A table of links becomes a grid: one of its cells is in the order of the Tab key, and the others are reached
// by the arrow keys, Home and End (with Control: of the whole table) and by whole screens.

const table = document.querySelector("#matrix table");
const rows = table ? [...table.rows].map((row) => [...row.querySelectorAll("td > a")]) : [];
const cells = rows.filter((row) => row.length > 0);

if (cells.length > 0) {
  table.setAttribute("role", "grid");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    for (const cell of row.cells) cell.setAttribute("role", role(cell));
  }
  // The cells can be reached, so that what they scroll in need not be.
  document.getElementById("matrix").removeAttribute("tabindex");
  let reached = document.querySelector("#matrix td > a[aria-current]") ?? cells[0][0];
  for (const link of cells.flat()) link.tabIndex = link === reached ? 0 : -1;

  table.addEventListener("focusin", (event) => {
    const link = event.target.closest("td > a");
    if (!link) return;
    reached.tabIndex = -1;
    link.tabIndex = 0;
    reached = link;
  });
  table.addEventListener("keydown", (event) => {
    if (!event.target.matches("td > a") || event.metaKey || event.altKey || event.shiftKey) return;
    const at = cells.findIndex((row) => row.includes(event.target));
    const beside = cells[at].indexOf(event.target);
    const whole = event.ctrlKey;
    const go = {
      ArrowDown: () => cells[at + 1]?.[beside],
      ArrowUp: () => cells[at - 1]?.[beside],
      ArrowRight: () => cells[at][beside + 1],
      ArrowLeft: () => cells[at][beside - 1],
      PageDown: () => cells[Math.min(at + 10, cells.length - 1)][beside],
      PageUp: () => cells[Math.max(at - 10, 0)][beside],
      Home: () => (whole ? cells[0] : cells[at])[0],
      End: () => (whole ? cells.at(-1) : cells[at]).at(-1),
    }[event.key];
    if (!go || (whole && event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    go()?.focus();
  });
}

function role(cell) {
  if (cell.tagName === "TD") return "gridcell";
  return cell.scope === "col" ? "columnheader" : "rowheader";
}
