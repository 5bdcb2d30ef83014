"use strict";
// Every page works without this file. It counts bytes while somebody types, keeps a second press of Send from looking
// like a second message, and moves the focus to what went wrong.

(function () {
  function countBytes(counter) {
    var field = document.getElementById(counter.dataset.count);
    var number = counter.querySelector("[data-number]");
    if (!field || !number) return;
    field.addEventListener("input", function () {
      var bytes = new TextEncoder().encode(field.value.replace(/\r\n/g, "\n").trim()).length;
      number.textContent = bytes;
      counter.classList.toggle("error", bytes > Number(counter.dataset.most));
    });
  }

  document.querySelectorAll("[data-count]").forEach(countBytes);

  // Help that opens by itself when somebody has waited long enough to need it.
  function openLater(help) {
    setTimeout(function () { help.open = true; }, Number(help.dataset.openAfter) * 1000);
  }

  document.querySelectorAll("[data-open-after]").forEach(openLater);
  document.body.addEventListener("htmx:load", function (event) {
    event.target.querySelectorAll("[data-open-after]").forEach(openLater);
  });

  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("[data-once]");
    if (button) setTimeout(function () { button.disabled = true; }, 0);
  });
  // Back brings the page as it was: the button must work again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-once]").forEach(function (button) { button.disabled = false; });
  });

  var wrong = document.querySelector("[data-focus]");
  if (wrong) wrong.focus();
})();
