"use strict";
/* A number that was shown on purpose: the button gives way to it, it takes the focus, and it goes when nobody looks any more. */
(() => {
  const SHOWN_FOR = 90 * 1000;
  const hide = (link, form, masked) => {
    if (!link.isConnected) return;
    link.replaceWith(masked);
    form.hidden = false;
  };
  const masks = new WeakMap();

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target.closest("[data-reveal]");
    if (form) masks.set(form, document.querySelector(form.getAttribute("hx-target")).textContent);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("[data-reveal]");
    if (!form || !event.detail.successful) return;
    const link = document.querySelector(form.getAttribute("hx-target")).querySelector("[data-revealed]");
    form.hidden = true;
    link.focus();
    setTimeout(() => hide(link, form, masks.get(form)), SHOWN_FOR);
  });
})();
