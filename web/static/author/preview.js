/* The route beside the screen keeps the question under way in sight. Everything works without it. */
"use strict";
(() => {
  function follow() {
    const [panel, here] = [document.getElementById("route"), document.querySelector("#route [aria-current]")];
    if (panel && here) panel.scrollTop += here.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3;
  }
  document.addEventListener("DOMContentLoaded", follow);
  document.addEventListener("htmx:after:swap", follow);
})();
