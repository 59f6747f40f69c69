/* The keyboard of every screen. The key that is printed and the key that works are one attribute. Read from the markup:

   data-key="F2"        on a button, link or choice: the key that presses it. Names: F1…F12, Entrée, Échap, Retour arrière,
                        a capital letter, one digit or more ("10"), any of them after "Alt+".
   data-question, data-keyset   the scope of one-character keys: they act only while the focus is inside. A capital letter
                        acts from anywhere with Alt, and only so inside a text field (Alt+N, Alt+R, Alt+C).
   data-at-once         on the scope: a digit that is a whole key chooses and goes on. "1" waits for "0" or Entrée where
                        there is a "10". Without it a digit chooses and Entrée goes on. No timer anywhere.
   data-confirm="…"     a dangerous act: its sentence is asked in a dialog; Entrée does it, or the other key named by
                        data-confirm-key="O". Échap lets it go.
   data-mention="2"     written on the boxes ticked of a "value" group: they are sent in the order of mention.
   data-exclusive       a box that unticks the others of its group.
   data-announce="…"    in what arrives: read to screen readers in #status.
   data-quiet           on what asks or is swapped: news beside the screen, which keeps its focus and its notices.
   Docs: docs/page-markup.md. Nothing here is needed to answer: every form works without it. */
"use strict";
(() => {
  const NAMES = { "Entrée": "Enter", "Échap": "Escape", "Retour arrière": "Backspace", "Espace": " " };
  const SCOPE = "[data-question], [data-keyset]";
  const TYPED = "textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])";
  let pending = "";

  /* The names under which a key press may stand in data-key. Digits by their place on the keyboard: unshifted AZERTY
     gives & é " ' there. */
  const nameOf = (event) => {
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    const key = digit && !event.altKey ? digit[1] : event.key.length === 1 ? event.key.toUpperCase() : event.key;
    return (event.altKey ? "Alt+" : "") + key;
  };
  const keyOf = (element) => element.dataset.key.split("+").map((part) => NAMES[part] ?? part).join("+");
  const usable = (element) => !element.disabled && !element.closest("[inert]") && element.getClientRects().length > 0;
  const among = (root) => [...root.querySelectorAll("[data-key]")].filter(usable);
  const openDialog = () => document.querySelector("dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const name = nameOf(event);
    const done = openDialog() ? pressIn(openDialog(), name) : pressOnPage(name);
    if (!done) return;
    event.preventDefault();
    if (!event.repeat) done();
  });

  function pressIn(dialog, name) {
    const element = among(dialog).find((one) => keyOf(one) === name);
    return element && (() => { if (element.matches("summary")) element.focus(); element.click(); });
  }

  function pressOnPage(name) {
    const focus = document.activeElement;
    const scope = focus?.closest(SCOPE);
    const plain = name.replace("Alt+", "");
    if (/^[0-9]$/.test(name)) return scope && !focus.matches(TYPED) && digit(scope, name);
    pending = "";
    if (name === "Enter" && !entersFrom(focus)) return null;
    if (plain.length === 1 && name === plain && (!scope || focus.matches(TYPED))) return null;
    const element = among(plain.length === 1 && name === plain ? scope : document)
      .find((one) => keyOf(one) === name || (plain.length === 1 && keyOf(one) === plain));
    return element && (() => choose(element, scope));
  }

  /* Entrée keeps its own meaning on buttons and links, and a new line is Maj+Entrée. */
  function entersFrom(focus) {
    return focus === document.body || focus?.matches(TYPED + ", input[type=radio], input[type=checkbox]");
  }

  function digit(scope, figure) {
    const keys = among(scope).filter((one) => /^[0-9]+$/.test(keyOf(one)));
    const starts = (typed) => keys.some((one) => keyOf(one).startsWith(typed));
    const typed = starts(pending + figure) ? pending + figure : figure;
    const element = keys.find((one) => keyOf(one) === typed);
    const mayGoOn = keys.some((one) => keyOf(one) !== typed && keyOf(one).startsWith(typed));
    if (!element && !mayGoOn) return null;
    return () => {
      pending = mayGoOn ? typed : "";
      if (element) choose(element, scope, mayGoOn);
    };
  }

  /* Press a button or a link; tick a choice, and go on if the screen goes on at once. */
  function choose(element, scope, waits = false) {
    const isChoice = element.matches("input[type=radio], input[type=checkbox]");
    if (!(isChoice && element.type === "radio" && element.checked)) element.click();
    if (!isChoice) return;
    element.focus();
    if (!waits && element.type === "radio" && scope?.closest("[data-at-once]")) element.form.requestSubmit(mainButton(element.form));
  }
  const mainButton = (form) => among(form).find((one) => keyOf(one) === "Enter" && one.type === "submit") ?? null;

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey && event.target.matches("textarea")) event.stopImmediatePropagation();
  }, true);

  /* A special answer and a value exclude each other, and an exclusive choice the other choices. */
  document.addEventListener("change", ({ target }) => {
    if (!target.form || !target.matches("input[type=radio], input[type=checkbox]")) return;
    const group = [...target.form.querySelectorAll("input[name=value], input[name=special]")].filter((one) => "checked" in one && one !== target);
    const leaves = (one) => one.name !== target.name || target.hasAttribute("data-exclusive") || one.hasAttribute("data-exclusive");
    if (target.checked && ["value", "special"].includes(target.name))
      group.filter((one) => one.type !== "hidden" && leaves(one)).forEach((one) => { one.checked = false; delete one.dataset.mention; });
    const last = Math.max(0, ...group.map((one) => Number(one.dataset.mention ?? 0)));
    if (target.type === "checkbox" && target.checked) target.dataset.mention = last + 1;
    else delete target.dataset.mention;
  });
  document.addEventListener("formdata", ({ target, formData }) => {
    const boxes = [...target.querySelectorAll("input[name=value][data-mention]:checked")];
    if (boxes.length < 2) return;
    formData.delete("value");
    boxes.sort((a, b) => a.dataset.mention - b.dataset.mention).forEach((one) => formData.append("value", one.value));
  });

  /* Dangerous acts ask first. */
  document.addEventListener("click", (event) => {
    const element = event.target.closest("[data-confirm]");
    if (!element || element.dataset.state === "confirmed") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(element);
  }, true);

  function ask(element) {
    const key = element.dataset.confirmKey ?? "Entrée";
    const dialog = document.createElement("dialog");
    const [text, row] = [document.createElement("p"), document.createElement("p")];
    text.textContent = element.dataset.confirm;
    row.className = "actions";
    row.append(button("Confirmer", key, "danger"), button("Annuler", "Échap", ""));
    dialog.append(text, row);
    dialog.addEventListener("close", () => {
      dialog.remove();
      element.focus();
      if (dialog.returnValue !== key) return;
      element.dataset.state = "confirmed";
      element.click();
      delete element.dataset.state;
    });
    document.body.append(dialog);
    dialog.showModal();
    row.children[key === "Entrée" ? 0 : 1].focus();

    function button(label, name, kind) {
      const made = document.createElement("button");
      const printed = document.createElement("kbd");
      Object.assign(made, { type: "button", className: "button", textContent: label + " " });
      Object.assign(made.dataset, { key: name, kind });
      printed.textContent = name;
      made.append(printed);
      made.addEventListener("click", () => dialog.close(name));
      return made;
    }
  }

  /* One submission at a time: a second Entrée is not a second answer. */
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (event.target.method === "post") event.target.setAttribute("aria-busy", "true");
  }, true);
  const free = () => document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
  for (const name of ["htmx:finally:request", "htmx:error"]) document.addEventListener(name, free);
  window.addEventListener("pageshow", free);

  /* What arrives takes the focus if it is a screen; a board that refreshes itself never does. */
  function welcome(root) {
    pending = "";
    const screen = root.matches?.(SCOPE) ? root : root.querySelector(SCOPE);
    const first = (wanted) => [...screen.querySelectorAll(wanted)].find((one) => usable(one) && one.type !== "hidden");
    const control = root.querySelector("[autofocus]") ?? (screen && (first(`${TYPED}, input`) ?? first("button, a[href]")));
    if (control && !control.contains(document.activeElement)) control.focus();
    // Whoever went on typing goes on at the end of what stands there.
    if (control?.matches("textarea, input[inputmode]")) control.setSelectionRange(control.value.length, control.value.length);
    const said = root.querySelector("[data-announce]");
    const status = document.getElementById("status");
    if (said && status) status.textContent = said.dataset.announce;
  }
  /* What went wrong is said above the screen, which stays as it is with what was typed, until the next one arrives. */
  const away = () => document.getElementById("away");
  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail?.ctx && !detail.ctx.response) away()?.replaceChildren(document.getElementById("unreachable").content.cloneNode(true));
  });
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    const target = detail?.ctx?.target;
    if (target === "#away") return;  // as the response names it
    if ([detail?.ctx?.sourceElement, target].some((one) => one?.closest?.("[data-quiet]"))) return;
    away()?.replaceChildren();
    welcome(target?.isConnected ? target : document);
  });
  document.addEventListener("DOMContentLoaded", () => welcome(document));
})();
