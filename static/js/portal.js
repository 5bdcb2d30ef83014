"use strict";
// Every page works without this file. It counts bytes while somebody types, saves drafts, and keeps a second press of
// Send from looking like a second message.

(function () {
  // The bytes are there to be looked at; that a text is too long is said when the fingers rest.
  function countBytes(counter) {
    var field = document.getElementById(counter.dataset.count), line = counter.nextElementSibling, timer = null;

    function tooLong(text, over) {
      if (over <= 0) return "";
      var isChinese = /[\u3400-\u9fff]/.test(text);
      var sentence = isChinese ? line.dataset.characters : line.dataset.letters;
      return sentence.replace("{count}", isChinese ? Math.ceil(over / 3) : over);
    }
    function count() {
      var text = field.value.replace(/\r\n/g, "\n").trim(), bytes = new TextEncoder().encode(text).length;
      var most = counter.querySelector("[data-most]:not([hidden])");
      counter.querySelectorAll("[data-bytes]").forEach(function (number) { number.textContent = bytes; });
      clearTimeout(timer);
      if (!most) return; // a kind without words
      timer = setTimeout(function () { line.textContent = tooLong(text, bytes - most.dataset.most); }, 500);
    }
    field.addEventListener("input", count);
    field.form.addEventListener("change", count);
  }

  // A letter's code stands behind the # of its address: it goes into the field, and out of the address.
  document.querySelectorAll("[data-from-fragment]").forEach(function (field) {
    if (location.hash.length < 2) return;
    field.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  });

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
      data.delete("files");
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
    form.addEventListener("input", function (event) {
      if (!event.target.closest(".search")) later(3000); // to look for somebody is not to write
    });
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
    // Another kind of message has other fields. All are there: an arrow key shows and hides, and loads nothing.
    var kind = form.querySelector("[name=kind]");
    if (kind) kind.addEventListener("change", function () {
      form.querySelectorAll("[data-kinds]").forEach(function (part) {
        part.hidden = part.dataset.kinds.split(" ").indexOf(kind.value) < 0;
      });
      var limit = form.querySelector("[data-accept]:not([hidden])"), file = form.querySelector("[name=file]");
      if (!limit) return;
      file.accept = limit.dataset.accept;
      file.dataset.most = limit.dataset.most;
    });
    // The main text stands for its language; what is written in a field is never hidden.
    var language = form.querySelector("[name=main_language]");
    if (language) language.addEventListener("change", function () {
      form.querySelectorAll("[data-language]").forEach(function (part) {
        part.hidden = part.dataset.language === language.value && !part.querySelector("textarea").value;
      });
    });
    // Enter in a search searches; in any other line it presses nothing.
    form.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.isComposing || !event.target.matches("input:not([type=file])")) return;
      event.preventDefault();
      var search = event.target.closest(".search");
      if (search) search.querySelector("button").click();
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
})();
