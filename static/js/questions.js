"use strict";
/* A question that is asked on a condition appears with the answer it waits for; what is hidden is not sent. Without this script the
   condition stands above the question in words, and the server says what was answered too much. */
(() => {
  for (const form of document.querySelectorAll("[data-questions]")) {
    const waiting = [...form.querySelectorAll("[data-decided-by]")];
    const show = () => {
      for (const question of waiting) { // in their order: what a hidden question was answered decides nothing
        const chosen = form.querySelector(`input[name="${CSS.escape(question.dataset.decidedBy)}"]:checked`);
        const isAsked = chosen && !chosen.matches(":disabled") && question.dataset.askedWith.split(" ").includes(chosen.value);
        question.hidden = question.disabled = !isAsked;
      }
    };
    form.classList.add("with-js");
    form.addEventListener("change", show);
    show();
  }
})();
