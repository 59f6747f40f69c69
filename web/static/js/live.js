/* Pages that follow the floor: how fresh their figures are, seconds that pass, the day's curve, filters.
   The boards themselves arrive by server-sent events (hx-sse) and are swapped by htmx. Everything is there without it. */
"use strict";
(() => {
  const SILENCE = 12_000; // ms without a beat: nobody answers any more
  const AGAIN = 5_000;
  const pad = (figure) => String(figure).padStart(2, "0");
  const paris = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", hour: "numeric", minute: "2-digit", second: "2-digit" });
  let ahead = 0; // ms that the server's clock is ahead of the workstation's
  let at = null; // of the last figures
  let heard = performance.now();
  let asked = heard;
  let shown = "";

  const root = () => document.querySelector("[data-live]");

  function hour(moment) {
    const part = Object.fromEntries(paris.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${Number(part.hour)}\u00a0h\u00a0${part.minute}\u00a0min\u00a0${part.second}`;
  }

  /* Seconds at first, then minutes: a wall of figures that jump tires the eye. */
  function elapsed(seconds) {
    const minutes = Math.floor(seconds / 60);
    if (seconds < 120) return minutes ? `1\u00a0min\u00a0${pad(seconds % 60)}\u00a0s` : `${seconds}\u00a0s`;
    return minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h\u00a0${pad(minutes % 60)}`;
  }

  function tick() {
    for (const time of document.querySelectorAll("time[data-since]")) {
      if (!time.dateTime) continue;
      const since = Math.max(0, Math.floor((Date.now() + ahead - Date.parse(time.dateTime)) / 1000));
      const text = elapsed(since);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  /* The state is said once in words when it changes, and stands in the page with the time of the last figures. */
  function say(state) {
    const line = document.querySelector("[data-freshness]");
    if (!line) return;
    const of = at ? hour(at) : "";
    const text = {
      fresh: `Chiffres de ${of}`,
      stale: `■ Chiffres arrêtés${at ? " à " + of : ""}\u00a0: la base de données ne répond pas.`,
      away: `■ Chiffres arrêtés${at ? " à " + of : ""}\u00a0: le serveur ne répond pas.`,
    }[state];
    if (line.textContent !== text) line.textContent = text;
    line.toggleAttribute("data-stale", state !== "fresh");
    root().toggleAttribute("data-stale", state !== "fresh");
    const status = document.getElementById("status");
    if (shown && shown !== state && status) status.textContent = state === "fresh" ? "Les chiffres sont de nouveau à jour." : text;
    shown = state;
  }

  function watch() {
    const live = root();
    if (!live || document.hidden) return;
    tick();
    const now = performance.now();
    if (now - heard > SILENCE) say("away");
    if (!live._htmx?.sse && now - Math.max(heard, asked) > AGAIN) {
      asked = now;
      htmx.trigger(live, "again");
    }
  }

  document.addEventListener("beat", ({ detail }) => {
    const told = JSON.parse(detail.data);
    heard = performance.now();
    ahead = Date.parse(told.now) - Date.now();
    if (told.at) at = new Date(told.at);
    say(told.state);
  });

  // The session is over, here or elsewhere: the page asks who is there.
  document.addEventListener("ended", () => location.reload());
  document.addEventListener("htmx:sse:error", ({ detail }) => {
    if (detail?.status === 401 || detail?.status === 403) location.reload();
    else say("away");
  });
  document.addEventListener("htmx:sse:after:message", () => {
    tick();
    curves();
  });
  document.addEventListener("visibilitychange", () => {
    heard = performance.now();
  });
  document.addEventListener("change", ({ target }) => target.closest("[data-submit-on-change]")?.requestSubmit());

  /* The curve. Its colours are those of the theme: read from the legend, which CSS paints. */
  const plots = new Map();

  function colour(line) {
    return getComputedStyle(document.querySelector(`[data-line="${line}"]`)).color;
  }

  function options(width) {
    const soft = getComputedStyle(document.querySelector(".legend")).color;
    const axis = { stroke: soft, grid: { stroke: soft, width: 0.25 }, ticks: { show: false }, font: "12px system-ui" };
    return {
      width,
      height: 170,
      legend: { show: false },
      cursor: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Europe/Paris"),
      scales: { y: { range: (_, low, high) => [0, Math.max(5, high)] } },
      axes: [{ ...axis, values: (_, splits) => splits.map((at) => `${uPlot.tzDate(new Date(at * 1000), "Europe/Paris").getHours()}\u00a0h`) }, { ...axis, size: 36 }],
      series: [{}, { stroke: colour("done"), width: 3, points: { show: false } }, { stroke: colour("needed"), width: 1.5, dash: [6, 4], points: { show: false } }],
    };
  }

  function curves(again = false) {
    if (!window.uPlot) return;
    for (const told of document.querySelectorAll("[data-curve]")) {
      const place = document.getElementById(told.dataset.plot);
      const { at: x, done, needed } = JSON.parse(told.dataset.curve);
      const drawn = plots.get(place);
      if (drawn && !again) {
        if (drawn.told !== told.dataset.curve) drawn.plot.setData([x, done, needed]);
        drawn.told = told.dataset.curve;
        continue;
      }
      drawn?.plot.destroy();
      plots.set(place, { plot: new uPlot(options(place.clientWidth), [x, done, needed], place), told: told.dataset.curve });
    }
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => curves(true));
  addEventListener("resize", () => curves(true));
  document.addEventListener("DOMContentLoaded", () => {
    tick();
    curves();
  });
  setInterval(watch, 1000);
})();
