"use strict";
/* One key-handling script for every page.
   data-key="c"         the element is clicked by that key while no field has the focus ("Enter", "1", "n" …)
   data-key-focus="/"   the field gets the focus
   data-key-label       what the list of keys ("?") calls it; else its own text
   "?" shows the keys, Escape closes what is open or leaves the field. Keys with Ctrl, Alt or Meta belong to the browser. */
(() => {
  const typing = (element) =>
    element && (element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
      (element.tagName === "INPUT" && !/^(radio|checkbox|button|submit|reset)$/.test(element.type)));

  const visible = (element) => !element.disabled && element.getClientRects().length > 0;

  const find = (attribute, key) =>
    [...document.querySelectorAll(`[${attribute}="${CSS.escape(key)}"]`)].find(visible);

  const row = (key, text) => {
    const div = document.createElement("div");
    const term = document.createElement("dt");
    const kbd = document.createElement("kbd");
    const words = document.createElement("dd");
    kbd.textContent = key;
    term.append(kbd);
    words.textContent = text;
    div.append(term, words);
    return div;
  };

  const named = (element) => {
    const copy = element.cloneNode(true);
    for (const kbd of copy.querySelectorAll("kbd")) kbd.remove();
    const text = element.dataset.keyLabel || element.getAttribute("aria-label") || copy.textContent;
    return text.replace(/\s+/g, " ").trim();
  };

  const show = () => {
    const dialog = document.getElementById("keys");
    if (!dialog || dialog.open) return;
    const list = dialog.querySelector("[data-keys-list]");
    const seen = new Set();
    list.replaceChildren();
    for (const element of document.querySelectorAll("[data-key]")) {
      if (!visible(element) || seen.has(element.dataset.key)) continue;
      seen.add(element.dataset.key);
      list.append(row(element.dataset.key, named(element)));
    }
    list.append(dialog.querySelector("[data-keys-fixed]").content.cloneNode(true));
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const focused = document.activeElement;
    if (event.key === "Escape") {
      if (typing(focused)) focused.blur();
      return;
    }
    if (typing(focused) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();
      show();
      return;
    }
    const field = find("data-key-focus", event.key);
    if (field) {
      event.preventDefault();
      field.focus();
      if (field.select) field.select();
      return;
    }
    // Enter and the space bar keep their meaning on a focused link or button.
    if (/^( |Enter)$/.test(event.key) && focused && focused.matches("a, button, summary, input")) return;
    const target = event.repeat ? null : find("data-key", event.key);
    if (target) {
      event.preventDefault();
      target.click();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-show-keys]")) show();
  });
})();
