// A click on a column's name sorts by it: the largest first, then the smallest; what has none, last.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), body = head.closest("table").tBodies[0];
    const up = head.getAttribute("aria-sort") === "descending";
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => row.cells[head.cellIndex].dataset.value;
    const order = (a, b) => isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
    const rows = [...body.rows].sort((first, second) => {
      const a = value(first), b = value(second);
      if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
      return up ? order(a, b) : order(b, a);
    });
    body.append(...rows);
  });
}
