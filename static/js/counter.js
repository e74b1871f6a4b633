"use strict";
/* The tablet on the counter: looks for a visit while it rests, and rests again when nobody has touched it for a minute. */
(() => {
  const IDLE = 60000;
  const resting = document.querySelector("[data-state]");
  if (resting) {
    setInterval(() => {
      fetch(resting.dataset.state)
        .then((answer) => (answer.ok ? answer.json() : null))
        .then((now) => { if (now === null || now.shown) location.reload(); })
        .catch(() => {});
    }, 3000);
  }
  addEventListener("submit", (event) => {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
  const done = document.querySelector("[data-rest]");
  if (done) setTimeout(() => location.replace(done.dataset.rest), 8000);
  const asking = document.querySelector("[data-idle]");
  if (asking) {
    let timer = 0;
    const touched = () => {
      clearTimeout(timer);
      timer = setTimeout(() => document.getElementById("leave").requestSubmit(), IDLE);
    };
    for (const name of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(name, touched, { passive: true });
    touched();
  }
})();
