"use strict";
/* Search boxes (form[data-search]) with their results ([data-hits]): arrows walk, Enter opens the first, Escape closes. */
(() => {
  const resultsOf = (form) => {
    const target = form.getAttribute("hx-target");
    return target ? document.querySelector(target) : null;
  };
  const boxOf = (element) => {
    const inside = element.closest("form[data-search]");
    if (inside) return inside;
    const hits = element.closest("[data-hits]");
    return hits ? document.querySelector(`form[data-search][hx-target="#${CSS.escape(hits.id)}"]`) : null;
  };
  const isDropdown = (hits) => hits.closest(".search") !== null;

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const form = boxOf(event.target);
    const hits = form && resultsOf(form);
    if (!hits) return;
    const links = [...hits.querySelectorAll("[data-hit]")];
    const at = links.indexOf(document.activeElement);
    const field = form.querySelector("input[name=q]");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!links.length) return;
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      if (next < 0) field.focus();
      else links[Math.min(next, links.length - 1)].focus();
    } else if (event.key === "Enter" && event.target === field && links.length === 1 && hits.dataset.for === field.value) {
      event.preventDefault();
      links[0].click();
    } else if (event.key === "Escape" && isDropdown(hits) && hits.childElementCount) {
      event.preventDefault();
      hits.replaceChildren();
      field.focus();
    }
  });

  document.addEventListener("input", (event) => {
    const form = event.target.matches("form[data-search] input[name=q]") ? event.target.form : null;
    const hits = form && resultsOf(form);
    if (hits && !event.target.value.trim()) hits.replaceChildren();
  });

  /* An answer that comes after the box was emptied is an answer to nothing. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const hits = event.detail.target;
    if (!hits.matches || !hits.matches("[data-hits]")) return;
    const form = boxOf(hits);
    const typed = form ? form.querySelector("input[name=q]").value.trim() : "";
    if (!typed) event.detail.shouldSwap = false;
    hits.dataset.for = form ? form.querySelector("input[name=q]").value : "";
  });

  document.addEventListener("click", (event) => {
    for (const hits of document.querySelectorAll(".search [data-hits]")) {
      if (!hits.closest(".search").contains(event.target)) hits.replaceChildren();
    }
  });
})();
