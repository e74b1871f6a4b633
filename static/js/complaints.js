"use strict";
/* The clocks count without reloading; j and k walk the rows, Enter opens one; an act that is opened has the focus in its first field,
   what was refused in the first that is wrong. Without this script the page shows the same times. */
(() => {
  const DAYS = document.documentElement.lang.startsWith("zh") ? "天" : " d";
  const two = (number) => String(number).padStart(2, "0");
  const text = (seconds) => {
    const days = Math.floor(seconds / 86400);
    const rest = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return days ? `${days}${DAYS} ${rest}` : rest;
  };
  const boxes = [...document.querySelectorAll("[data-counting]")].map((box) => ({
    late: box.dataset.late,
    /* The server's clock is the one that counts. */
    ahead: Date.parse(box.dataset.now) - Date.now(),
    clocks: [...box.querySelectorAll("time.due")].map((time) => ({ time, due: Date.parse(time.getAttribute("datetime")), words: time.querySelector(".rel") })),
  }));
  const count = () => {
    for (const box of boxes) {
      const now = Date.now() + box.ahead;
      for (const { time, due, words } of box.clocks) {
        const left = Math.round((due - now) / 1000);
        time.classList.toggle("late", left <= 0);
        time.classList.toggle("soon", left > 0 && left <= 3600);
        words.textContent = left > 0 ? text(left) : `${box.late} ${text(-left)}`;
      }
    }
  };
  if (boxes.some((box) => box.clocks.length)) {
    count();
    setInterval(count, 1000);
  }

  const FIELD = "input:not([type=hidden]), textarea, select";
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.c-act[open]")) event.target.querySelector(FIELD)?.focus();
  }, true); // it does not bubble
  document.querySelector("[aria-invalid=true]")?.focus();

  const rows = [...document.querySelectorAll("[data-rows] [data-row]")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[jk]$/.test(event.key) || !rows.length) return;
    if (document.activeElement.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    const here = rows.indexOf(document.activeElement);
    const next = event.key === "j" ? Math.min(here + 1, rows.length - 1) : Math.max(here - 1, 0);
    rows[next].focus();
  });
})();
