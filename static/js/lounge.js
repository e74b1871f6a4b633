"use strict";
/* The lounge desk by keyboard: j and k (or the arrows) choose a row; its data-row-key elements then answer to their keys (keys.js), so
   that one key serves a drink. The lines are fetched again every 30 seconds, but never under somebody's hands. */
(() => {
  const list = document.querySelector("[data-lounge]");
  if (!list) return;
  let here = location.hash.slice(1);
  const rows = () => [...list.querySelectorAll("[data-row]")];
  const current = () => rows().find((row) => row.id === here) || rows()[0];
  const isTyping = () => document.activeElement.matches("input, textarea, select");

  const choose = (row) => {
    here = row.id;
    for (const other of rows()) {
      other.classList.toggle("is-current", other === row);
      for (const element of other.querySelectorAll("[data-row-key]")) {
        if (other === row) element.dataset.key = element.dataset.rowKey;
        else delete element.dataset.key;
      }
    }
  };
  const renew = (focus) => {
    const row = current();
    if (row) choose(row);
    if (row && focus) row.focus();
  };
  renew(rows().some((row) => row.id === here));
  /* What is said above the lines must not be scrolled away by the row's address. */
  if (document.querySelector("#messages .note")) window.addEventListener("load", () => window.scrollTo(0, 0));

  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-first]");
    if (!link) return;
    event.preventDefault();
    here = link.hash.slice(1);
    renew(true);
    current().scrollIntoView({ block: "nearest" });
  });

  list.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) choose(row);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") {
      const open = event.target.closest("details[open]"); // keys.js has taken the focus from its field already
      if (open && open.matches(".w-wish, .w-form")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      return;
    }
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (!step || isTyping() || document.querySelector("dialog[open], details.menu[open]")) return;
    const all = rows();
    if (!all.length) return;
    event.preventDefault();
    const at = all.indexOf(current());
    const isThere = list.contains(document.activeElement);
    const row = all[isThere ? Math.min(Math.max(at + step, 0), all.length - 1) : at];
    choose(row);
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  });

  /* What is unfolded wants to be filled in at once: waiting for the browser's toggle event would lose the first letters. */
  const fill = (details) => {
    const first = details.querySelector("[aria-invalid=true], .is-invalid") || details.querySelector("select, input:not([type=hidden]), textarea");
    if (first) first.focus();
  };
  document.addEventListener("click", (event) => {
    const summary = event.target.closest(".w-wish > summary, .w-form > summary");
    if (!summary) return;
    event.preventDefault();
    const details = summary.parentElement;
    details.open = !details.open;
    if (!details.open) return;
    /* By key, from a row: it is that customer who asked. */
    const about = details.querySelector("[name=about]");
    if (about && !about.value && list.contains(document.activeElement)) about.value = here;
    fill(details);
  });
  const opened = document.querySelector(".w-wish[open], .w-form[open]");
  if (opened) fill(opened);

  let hadFocus = false;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== list) return;
    hadFocus = list.contains(document.activeElement);
    if (list.querySelector("details[open]") || (hadFocus && isTyping())) event.preventDefault();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target === list) renew(hadFocus);
  });
})();
