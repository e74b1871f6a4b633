"use strict";
/* The counter: a typed time picks "other", amounts show their sum, what is to be mended or answered has the focus, else the first field to fill. */
(() => {
  const other = document.querySelector("[name=promised_at]");
  const radios = [...document.querySelectorAll("[name=promise]")];
  if (other && radios.length) {
    other.addEventListener("input", () => { radios.find((radio) => radio.value === "").checked = true; });
    for (const radio of radios) radio.addEventListener("change", () => { if (radio.value) other.value = ""; });
  }

  const fen = (text) => Math.round(Number(text.normalize("NFKC").replace(/[¥￥元,，\s]/g, "") || 0) * 100);
  for (const row of document.querySelectorAll("[data-sum]")) {
    const total = row.querySelector("[name=total_fen]");
    const show = () => {
      const sum = ["labour_fen", "parts_fen", "package_fen"].reduce((so_far, name) => so_far + fen(row.querySelector(`[name=${name}]`).value), 0);
      total.placeholder = Number.isFinite(sum) ? (sum / 100).toFixed(2) : "";
    };
    row.addEventListener("input", show);
    show();
  }

  const here = document.querySelector(".path [aria-current]");
  if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 24;

  const wrong = document.querySelector("[aria-invalid=true], .twins input");
  if (wrong) wrong.focus();
  else document.querySelector(".reception-form [name=mileage], .reception-new [name='owner-name'], .reception-new [name='car-plate'], .reception-new [name=price_fen], .reception-new [name=at]")?.focus();
})();
