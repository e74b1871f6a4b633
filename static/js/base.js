"use strict";
/* What every page needs beyond HTML: the CSRF token for htmx, menus that close, notes that can be dismissed, the drawer. */

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

/* A request that failed says so on the page: nobody should believe that something was saved. */
const failed = () => {
  const box = document.getElementById("messages");
  const note = document.getElementById("failed-note");
  if (box && note && !box.querySelector(".note-failed")) {
    box.append(note.content.cloneNode(true));
    unhide();
    box.scrollIntoView({ block: "nearest" });
  }
};
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest(".note").remove();
  const print = event.target.closest("[data-print]");
  if (print) window.print();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (location.hash === "#nav") {
    location.hash = "#main";
  }
});

/* A form that has been sent is not sent twice by an impatient finger; going back makes it usable again. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  if (event.target.dataset.sent) event.preventDefault();
  else {
    event.target.dataset.sent = "1";
    setTimeout(() => delete event.target.dataset.sent, 3000); // a download leaves the page standing
  }
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

const unhide = () => {
  for (const hidden of document.querySelectorAll("[data-dismiss][hidden], [data-show-keys][hidden], [data-print][hidden]")) hidden.hidden = false;
};
document.addEventListener("DOMContentLoaded", unhide);
/* Whoever pressed “Print” and was led to the page with all rows has said so already. */
window.addEventListener("load", () => {
  if (document.querySelector('[data-print="now"]')) window.print();
});
document.addEventListener("htmx:afterSwap", unhide);
