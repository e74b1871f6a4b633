"use strict";
/* The lounge's screen looks again by itself, shows the time, and says when what it shows has become old. Ages are counted from the
   moment at which the page's own stamp arrived, so that a television whose clock is wrong is right about them. */
(() => {
  const body = document.body;
  let board = document.getElementById("board");
  let cameAt = Date.now();
  const old = document.querySelector("[data-old]");
  const seconds = (name) => Number(body.dataset[name]);
  const two = (number) => String(number).padStart(2, "0");

  const tick = () => {
    const age = (Date.now() - cameAt) / 1000;
    const [hours, minutes, rest] = board.dataset.clock.split(":").map(Number);
    const now = Math.floor(hours * 3600 + minutes * 60 + rest + age) % 86400;
    const time = board.querySelector("[data-time]");
    if (time) time.textContent = `${two(Math.floor(now / 3600))}:${two(Math.floor(now / 60) % 60)}`;
    const isOld = age > seconds("oldAfter");
    if (isOld && old.hidden) old.querySelector("[data-old-since]").textContent = board.dataset.clock;
    old.hidden = !isOld;
  };

  const look = async () => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), 10000);
    try {
      const answer = await fetch(board.dataset.next, { cache: "no-store", signal: patience.signal });
      if (answer.ok || answer.status < 500) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("board");
        /* Withdrawn, signed out, or another release: the browser opens whatever stands there now. */
        if (!answer.ok || !fresh || fresh.dataset.version !== board.dataset.version) return location.reload();
        board.replaceWith(fresh);
        board = fresh;
        cameAt = Date.now();
        tick();
      }
    } catch {
      /* No answer: the age grows, and tick() says so. */
    } finally {
      clearTimeout(timer);
    }
    setTimeout(look, seconds("every") * 1000);
  };

  tick();
  setInterval(tick, 1000);
  setTimeout(look, seconds("every") * 1000);
})();
