"use strict";
// Every page works without this file. It counts bytes while somebody types, keeps a second press of Send from looking
// like a second message, and moves the focus to what went wrong.

(function () {
  function countBytes(counter) {
    var field = document.getElementById(counter.dataset.count);
    var number = counter.querySelector("[data-number], [data-bytes]");
    if (!field || !number) return;
    field.addEventListener("input", function () {
      var bytes = new TextEncoder().encode(field.value.replace(/\r\n/g, "\n").trim()).length;
      number.textContent = bytes;
      counter.classList.toggle("error", bytes > Number(counter.dataset.most));
    });
  }

  document.querySelectorAll("[data-count]").forEach(countBytes);

  // A draft saves itself some seconds after the last change, and says where it can be found again.
  function autosave(form) {
    var line = form.querySelector("[data-autosaved]");
    var timer = null, sending = false, left = false;
    function save() {
      if (sending || left) return;
      sending = true;
      var data = new FormData(form);
      data.delete("file");
      data.delete("references_file");
      data.set("do", "autosave");
      fetch(form.getAttribute("action") || location.href, { method: "POST", body: data })
        .then(function (answer) { return answer.json(); })
        .then(function (saved) {
          line.textContent = saved.sentence;
          if (!saved.address || left) return;
          form.querySelector("[name=version]").value = saved.version;
          form.setAttribute("action", saved.address);
          history.replaceState(null, "", saved.address);
        })
        .catch(function () { line.textContent = ""; })
        .finally(function () { sending = false; });
    }
    form.addEventListener("input", function () { clearTimeout(timer); timer = setTimeout(save, 3000); });
    form.addEventListener("submit", function () { left = true; clearTimeout(timer); });
    // Another kind of message has other fields.
    var kind = form.querySelector("[name=kind]");
    if (kind) kind.addEventListener("change", function () {
      var button = form.querySelector("button[value=find]");
      form.requestSubmit(button);
    });
  }

  document.querySelectorAll("[data-autosave]").forEach(autosave);

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
