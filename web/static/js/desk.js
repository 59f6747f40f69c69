/* The desk beside the keyboard: seconds that pass, the time an answer took, hours of the chosen day, notes that close,
   the stream of what one is told beside one's work.
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

  /* The stream is opened here and not by htmx alone, which may look at the page before it knows what a stream is. */
  document.addEventListener("DOMContentLoaded", () => {
    const stream = document.querySelector("[data-stream]");
    if (!stream) return;
    stream.setAttribute("hx-sse:connect", stream.dataset.stream);
    htmx.process(stream);
  });

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

  /* What is being typed and was not sent comes back with its question, after an appointment looked at or a danger said:
     in the memory of this page alone. */
  const TYPED = "textarea[name], input[name]:not([type=hidden], [type=radio], [type=checkbox])";
  const nameOf = (form) => ["interview", "question", "iteration"].map((name) => form.elements[name].value).join(" ");
  let draft = null;
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-question]");
    if (!form || !target.matches(TYPED)) return;
    draft = { of: nameOf(form), typed: [...form.querySelectorAll(TYPED)].map((one) => [one.name, one.value]) };
  });
  document.addEventListener("submit", ({ target }) => {
    if (draft && target.matches("form[data-question]")) draft.sent = true;
  });
  const notSent = () => draft && delete draft.sent;
  document.addEventListener("htmx:error", notSent);

  function takeUpDraft() {
    const form = document.querySelector("form[data-question]");
    if (form ? draft?.of !== nameOf(form) : draft?.sent) draft = null;
    if (!form || !draft) return;
    notSent();
    for (const [name, text] of draft.typed) {
      const control = [...form.querySelectorAll(TYPED)].find((one) => one.name === name);
      if (control && control.value !== text) control.value = text;
    }
  }

  /* An answer that opens in the help is in sight as a whole. */
  document.addEventListener("toggle", ({ target }) => target.closest("#help") && target.open && target.scrollIntoView({ block: "nearest" }), true);

  function arrive() {
    shownAt = performance.now();
    tick();
    offerHours();
    takeUpDraft();
    const screen = document.querySelector("[data-question]");
    if (screen) document.title = document.title.replace(/^(\S+ · )?(?=Dossier)/, `${screen.dataset.question} · `);
  }
  document.addEventListener("DOMContentLoaded", arrive);
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    const target = detail?.ctx?.target;
    if ([detail?.ctx?.sourceElement, target].some((one) => one?.closest?.("[data-quiet]"))) return;
    if (target?.matches?.("dialog[data-note]")) {
      target.close();
      document.getElementById("status").textContent = "Noté.";
    } else if (target === "#away") notSent();
    else arrive();
  });
})();
