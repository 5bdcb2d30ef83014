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

  // A draft saves itself some seconds after the last change, and says where it can be found again, or that it is not
  // saved and why. A button that is pressed meanwhile waits for the save in flight, so that neither overtakes the other.
  function autosave(form) {
    var line = form.querySelector("[data-autosaved]");
    var timer = null, saving = false, changed = false, left = false, pressed = null;

    function say(sentence, isSaved) {
      line.textContent = sentence;
      line.classList.toggle("error", !isSaved);
    }
    function why(answer) {
      if (answer.status === 401) return "signedOut";
      return answer.status >= 500 ? "away" : "refused";
    }
    function later(milliseconds) { clearTimeout(timer); timer = setTimeout(save, milliseconds); }
    function taken(answer, saved) {
      say(saved.sentence, answer.ok);
      if (!saved.address || left) return;
      form.querySelector("[name=version]").value = saved.version;
      form.setAttribute("action", saved.address);
      history.replaceState(null, "", saved.address);
    }
    function failed(reason) {
      say(line.dataset[reason], false);
      if (reason === "away") later(10000);
    }
    function save() {
      if (left) return;
      if (saving) { changed = true; return; }
      saving = true;
      changed = false;
      var data = new FormData(form);
      data.delete("file");
      data.delete("references_file");
      data.set("do", "autosave");
      var gone = new AbortController();
      var limit = setTimeout(function () { gone.abort(); }, 10000);
      fetch(form.getAttribute("action"), { method: "POST", body: data, signal: gone.signal, redirect: "manual" })
        .then(function (answer) {
          var isOurs = (answer.headers.get("Content-Type") || "").indexOf("json") >= 0;
          if (!isOurs) return failed(answer.type === "opaqueredirect" ? "signedOut" : why(answer));
          return answer.json().then(function (saved) { taken(answer, saved); });
        })
        .catch(function () { failed("away"); })
        .finally(function () {
          clearTimeout(limit);
          saving = false;
          if (pressed) form.requestSubmit(pressed);
          else if (changed) later(0);
        });
    }
    form.addEventListener("input", function () { later(3000); });
    form.addEventListener("submit", function (event) {
      clearTimeout(timer);
      if (saving) {
        event.preventDefault();
        pressed = event.submitter;
        say(line.dataset.saving, true);
      } else {
        left = true;
      }
    });
    window.addEventListener("pageshow", function () { left = false; pressed = null; });
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
