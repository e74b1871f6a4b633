"use strict";
/* Keeps what the customer has filled in while they go on; without it a button does the same. Once it is answered nothing is kept. */
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const said = form.querySelector("[data-kept]");
  let timer = 0;
  let isSent = false;
  const keep = () => {
    timer = 0;
    if (isSent) return;
    fetch(form.dataset.draft, { method: "POST", body: new FormData(form), keepalive: true })
      .then((answer) => { said.hidden = answer.status !== 204; })
      .catch(() => { said.hidden = true; });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 1200);
  };
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    isSent = true;
    clearTimeout(timer);
  });
  addEventListener("pagehide", () => { if (timer) { clearTimeout(timer); keep(); } });
  addEventListener("pageshow", () => { isSent = false; delete form.dataset.sent; });
})();
