/* The desk beside the keyboard: seconds that pass, the time an answer took, hours of the chosen day, notes that close.
   Everything works without it. */
"use strict";
(() => {
  const pad = (figure) => String(figure).padStart(2, "0");

  /* « 4 min 12 s » since the page said so: the server's clock, not the workstation's. */
  function tick() {
    for (const time of document.querySelectorAll("[data-elapsed]")) {
      time.began ??= performance.now() - 1000 * Number(time.dataset.elapsed);
      const seconds = Math.floor((performance.now() - time.began) / 1000);
      const minutes = Math.floor(seconds / 60);
      time.textContent = minutes ? `${minutes}\u00a0min\u00a0${pad(seconds % 60)}\u00a0s` : `${seconds}\u00a0s`;
    }
  }
  setInterval(tick, 1000);

  let shownAt = performance.now();
  document.addEventListener("formdata", ({ formData }) => {
    if (formData.has("elapsed_ms")) formData.set("elapsed_ms", Math.round(performance.now() - shownAt));
  });

  /* Only the hours of the chosen day. Without this the server refuses the others. */
  function offerHours() {
    const [day, hour] = [document.getElementById("day"), document.getElementById("hour")];
    if (!day || !hour) return;
    for (const option of hour.options) {
      option.hidden = option.disabled = Boolean(option.value) && Boolean(day.value) && !option.dataset.days.split(" ").includes(day.value);
    }
    if (hour.selectedOptions[0]?.disabled) hour.value = "";
  }
  document.addEventListener("change", ({ target }) => target.id === "day" && offerHours());

  function arrive() {
    shownAt = performance.now();
    tick();
    offerHours();
    const screen = document.querySelector("[data-question]");
    if (screen) document.title = document.title.replace(/^(\S+ · )?(?=Dossier)/, `${screen.dataset.question} · `);
  }
  document.addEventListener("DOMContentLoaded", arrive);
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    const target = detail?.ctx?.target;
    if (target?.matches?.("dialog[data-note]")) {
      target.close();
      document.getElementById("status").textContent = "Noté.";
    } else if (target !== "#away") arrive();
  });
})();
