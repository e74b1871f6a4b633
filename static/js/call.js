"use strict";
/* The call screen by keyboard. Digits answer the focused question and move on; Enter goes on, and saves when nothing that has to be
   asked is left; "a" all other questions satisfied; the rest are data-key letters of keys.js. What is typed is kept on the server. */
(() => {
  const form = document.querySelector("[data-call]");
  if (!form) return;
  const csrf = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const questions = all("[data-question]");
  const save = form.querySelector("[data-save]");
  /* A card is typed from paper: what the customer left out is marked as such, so that Enter passes over nothing by accident. */
  const isCard = "card" in form.dataset;

  /* --- showing and hiding what a dissatisfied answer opens ------------------------------------------------------------------ */
  const score = (question) => {
    if (question.hidden) return null;
    const chosen = question.querySelector("input:checked");
    return chosen && chosen.value ? Number(chosen.dataset.digit) : null;
  };
  const isBad = (question) => {
    const value = score(question);
    if (value === null) return false;
    return { five: value <= 2, three: value <= 1 }[question.dataset.scale] || false;
  };
  const isUnhappy = (question) => isBad(question) || ("overall" in question.dataset && score(question) !== null && score(question) <= (question.dataset.scale === "ten" ? 7 : 3));

  /* A question that waits for another's answer; those come first, so one walk is enough. What is hidden is not sent. */
  const conditional = questions.filter((question) => question.dataset.decidedBy);
  const ask = () => {
    for (const question of conditional) {
      const decider = questions.find((one) => one.querySelector("input").name === question.dataset.decidedBy);
      const value = decider ? score(decider) : null;
      question.hidden = value === null || !question.dataset.askedWith.split(" ").includes(String(value));
      for (const radio of all("input", question)) radio.disabled = question.hidden;
    }
  };

  const reveal = () => {
    ask();
    for (const section of all("[data-section]")) {
      const asked = all("[data-question]", section);
      const badLinks = new Set(asked.filter(isBad).map((question) => question.dataset.link));
      for (const block of all("[data-block]", section)) {
        const typed = all("textarea, select", block).some((field) => field.value.trim());
        block.hidden = !(badLinks.has(block.dataset.block) || typed || "filled" in block.dataset);
      }
      for (const note of all("[data-unhappy]", section)) note.hidden = !asked.some(isUnhappy);
    }
  };

  /* --- moving -------------------------------------------------------------------------------------------------------------- */
  const go = (question) => {
    const radio = question.querySelector("input:checked") || question.querySelector("input");
    radio.focus();
    question.scrollIntoView({ block: "nearest" });
  };
  /* Three-level questions may be left out (press "s"), but Enter does not pass over them: the monthly forms have no empty cells. */
  const isOpen = (question) => !question.hidden && score(question) === null;
  const missing = () => questions.find((question) => isOpen(question) &&
    (question.dataset.required === "1" || question.dataset.scale === "three" || (isCard && !question.querySelector("input:checked"))));
  const emptyWords = () => {
    for (const section of all("[data-section]")) {
      const blocks = all("[data-block]", section).filter((block) => !block.hidden);
      const empty = blocks.map((block) => block.querySelector("textarea")).find((field) => !field.value.trim());
      if (empty) return empty;
      const overall = section.querySelector("[data-overall]");
      const words = section.querySelector(".words-field textarea");
      if (overall && isBad(overall) && !blocks.length && !words.value.trim()) return words;
    }
    return null;
  };
  const current = () => document.activeElement.closest("[data-question]");

  const moveOn = (question) => {
    const block = all("[data-block]", question.closest("[data-section]")).find((one) => one.dataset.block === question.dataset.link);
    const words = block && isBad(question) && block.querySelector("textarea");
    if (words && !words.value.trim()) {
      words.focus();
      return;
    }
    const next = questions.slice(questions.indexOf(question) + 1).find((one) => !one.hidden);
    if (next) go(next);
    else if (save) save.focus();
  };

  const choose = (question, digit) => {
    const radio = question.querySelector(`input[data-digit="${digit}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };

  /* A ten needs two keys: 1, then 0 at once. */
  let waiting = null;
  const tens = (question, digit) => {
    const has = (value) => question.querySelector(`input[data-digit="${value}"]`);
    if (waiting && waiting.question === question && digit === "0" && has("10")) {
      clearTimeout(waiting.timer);
      waiting = null;
      choose(question, "10");
      moveOn(question);
      return true;
    }
    if (!has("10") || digit !== "1") return false;
    choose(question, "1");
    waiting = { question, timer: setTimeout(() => { waiting = null; if (current() === question) moveOn(question); }, 700) };
    return true;
  };

  const typing = (element) => element.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");

  document.addEventListener("keydown", (event) => {
    const focused = document.activeElement;
    if (event.key === "Enter" && focused.id === "agreed_at" && !event.isComposing) {
      // A time that was typed is a new appointment to call, whatever else the form holds.
      event.preventDefault();
      form.querySelector("[data-agree]").click();
      return;
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && save) {
      event.preventDefault();
      save.click();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape" && focused.matches("textarea") && focused.closest("[data-block]")) {
      event.preventDefault();
      const block = focused.closest("[data-block]");
      const asked = questions.filter((question) => question.dataset.link === block.dataset.block && isBad(question));
      moveOn(asked[asked.length - 1] || questions[0]);
      return;
    }
    if (typing(focused)) {
      // Enter in a one-line field must not press the first button of the form.
      if (event.key === "Enter" && focused.matches("input") && form === focused.form) event.preventDefault();
      return;
    }
    const question = current();
    if (event.key === "a") {
      const open = questions.find((one) => one.dataset.scale === "three" && isOpen(one));
      const section = (question || open || form).closest("[data-section]");
      const button = section && section.querySelector("[data-all-satisfied]");
      if (button) {
        event.preventDefault();
        event.stopPropagation();
        allSatisfied(button);
      }
      return;
    }
    if (/^[0-9]$/.test(event.key)) {
      const target = question || questions.find(isOpen);
      if (!target) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat) return;
      if (!tens(target, event.key) && choose(target, event.key)) moveOn(target);
      return;
    }
    if (event.key === "Enter" && (question || focused === document.body)) {
      event.preventDefault();
      event.stopPropagation();
      if (event.repeat) return;
      const words = emptyWords();
      const first = missing();
      if (first) go(first);
      else if (words) words.focus();
      else if (save) save.click();
    }
  }, true);

  const allSatisfied = (button) => {
    const section = button.closest("[data-section]");
    for (const question of all("[data-question]", section)) {
      if (question.dataset.scale === "three" && isOpen(question)) choose(question, "3");
    }
    // What must be asked comes before what may be: a 5 meant for the next visit must not become this one's 0 to 10.
    const next = missing() || all("[data-question]", section).find(isOpen);
    if (next) go(next);
    else if (save) save.focus();
  };

  /* A letter meant for the words, or a slip of the finger, must not throw an interview away. */
  const isFilled = () => questions.some((question) => score(question) !== null) || all("[data-section] textarea").some((field) => field.value.trim());

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("allSatisfied" in button.dataset) allSatisfied(button);
    const agreed = document.getElementById("agreed_at");
    if ("agree" in button.dataset && agreed && !agreed.value) {
      event.preventDefault();
      form.querySelector("[data-agree-panel]").classList.add("is-open");
      const pick = form.querySelector("[data-agree-panel] button");
      (pick || agreed).focus();
    }
    const question = button.dataset.confirm || (isFilled() && button.dataset.confirmFilled);
    if (!event.defaultPrevented && question && !window.confirm(question)) event.preventDefault();
  });

  /* --- keeping ------------------------------------------------------------------------------------------------------------- */
  let sent = false;
  const lost = () => {
    const note = document.querySelector("[data-call-lost]");
    if (note) note.hidden = false;
  };
  let keeping = new AbortController();
  const post = (url, body) => fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf }, keepalive: true, signal: keeping.signal })
    .then((response) => { if (response.status === 409 && !sent) lost(); })
    .catch(() => {});
  let timer = null;
  let isChanged = false;
  const send = () => {
    timer = null;
    if (!sent && form.dataset.draft) post(form.dataset.draft, new FormData(form));
  };
  const keep = (delay) => {
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(send, delay);
  };
  form.addEventListener("input", () => keep(400));
  form.addEventListener("change", () => { reveal(); keep(0); });
  /* Saving first asks whether the server is there: the browser's own error page would take the answers with it. */
  let asking = false;
  let reached = false;
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && button.hasAttribute("formaction")) return;
    if (reached || !form.dataset.beat) {
      reached = false;
      sent = true;
      clearTimeout(timer);
      timer = null;
      keeping.abort(); // a draft that is overtaken by the call that it belongs to would be told that the customer is not ours any more
      keeping = new AbortController();
      return;
    }
    event.preventDefault();
    if (asking || sent) return;
    asking = true;
    fetch(form.dataset.beat, { method: "POST", headers: { "X-CSRFToken": csrf }, signal: AbortSignal.timeout(8000) })
      .then((response) => { reached = response.status < 500; })
      .catch(() => { reached = false; })
      .finally(() => {
        asking = false;
        if (reached) form.requestSubmit(button);
        else document.dispatchEvent(new Event("htmx:sendError")); // base.js says it on the page
      });
  });
  if (form.dataset.beat) {
    const carried = JSON.parse(sessionStorage.getItem(form.dataset.draft));
    sessionStorage.removeItem(form.dataset.draft);
    if (carried && Date.now() - carried.at < 15000) {
      const typed = new Map(carried.typed);
      if (typed.get("claim") === form.elements.claim.value) {
        for (const field of form.elements) {
          if (!typed.has(field.name) || /^(hidden|submit|button)$/.test(field.type)) continue;
          if (/^(radio|checkbox)$/.test(field.type)) field.checked = typed.get(field.name) === field.value;
          else field.value = typed.get(field.name);
        }
        keep(0);
      }
    }
    const beat = () => { if (!sent) post(form.dataset.beat, new FormData()); };
    beat();
    setTimeout(beat, 5000);
    setInterval(beat, 15000); // more often than a claim lapses that another tab of this customer has left
    window.addEventListener("pagehide", () => {
      if (sent) return;
      // A reload may have asked for the page before the last draft was written: the tab carries it over.
      if (isChanged) sessionStorage.setItem(form.dataset.draft, JSON.stringify({ at: Date.now(), typed: [...new FormData(form)] }));
      if (timer) post(form.dataset.draft, new FormData(form));
      const body = new FormData();
      body.append("csrfmiddlewaretoken", csrf);
      navigator.sendBeacon(form.dataset.leave, body);
    });
    window.addEventListener("pageshow", () => { sent = false; });
  }

  form.classList.add("with-js");
  for (const hidden of document.querySelectorAll("[data-js][hidden]")) hidden.hidden = false;
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const link = event.target.querySelector && event.target.querySelector("[data-dial]");
    if (link) link.focus();
  });
  reveal();
  /* What came back with something wrong: to where it is mended, which is a key away from right; the message above is read out all the same. */
  const wrong = () => {
    const error = document.querySelector(".field-error");
    if (!error) return null;
    const place = error.closest("[data-question], [data-block], .handling, .words-field") || error.parentElement;
    if (place.matches("[data-question]")) return place;
    const owed = place.matches(".words-field") && all("[data-question]", place.closest("[data-section]")).find((one) => isOpen(one) && one.dataset.required);
    const empty = all("textarea", place).find((field) => !field.value.trim());
    return owed || empty || all("[data-question]", place).find(isOpen) || place.querySelector("textarea, select, input:not([type=hidden])");
  };
  const start = wrong() || document.querySelector("[data-focus]") || all(".handling textarea").find((field) => !field.value.trim()) || missing() || questions.find(isOpen);
  if (start && (form.dataset.beat || isCard)) {
    if (start.matches("[data-question]")) go(start);
    else start.focus();
  }
})();
