"use strict";

/** Tables that the reader sorts by a click on a head and filters by words. */
(() => {
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const valueOf = (row, column) => row.cells[column].dataset.value ?? row.cells[column].textContent;

  const compare = (numeric, sign) => (a, b) => {
    const [one, other] = [a.key, b.key];
    // What is missing comes last whichever way the table is sorted.
    if (one === "" || other === "") return (one === "") - (other === "");
    return sign * (numeric ? Number(one) - Number(other) : order.compare(one, other));
  };

  function sort(table, head) {
    const column = head.cellIndex;
    const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => ({ row, key: valueOf(row, column) }));
    rows.sort(compare(head.classList.contains("number"), sign));
    body.append(...rows.map((item) => item.row));
  }

  function filter(table, words, count) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = [...table.tBodies[0].rows];
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every((word) => text.includes(word));
    }
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = shown === rows.length ? `${rows.length} rows` : `${shown} of ${rows.length} rows`;
  }

  for (const table of document.querySelectorAll("table.data[id]")) {
    for (const head of table.querySelectorAll("thead th")) {
      head.querySelector("button")?.addEventListener("click", () => sort(table, head));
    }
    const input = document.querySelector(`[data-filters="${table.id}"]`);
    const count = document.querySelector(`[data-counts="${table.id}"]`);
    if (!input) continue;
    input.addEventListener("input", () => filter(table, input.value, count));
    filter(table, "", count);
  }

  const folded = () => document.querySelectorAll("footer details:not(.license):not([open]), .numbers:not([open])");
  let opened = [];
  addEventListener("beforeprint", () => {
    const now = [...folded()];
    for (const one of now) one.open = true;
    opened.push(...now);
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    opened = [];
  });
})();
