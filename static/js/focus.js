"use strict";
// Whoever works by keyboard or screen reader stays where they were: what comes in the place of what had the focus gets
// it, after a swap of htmx and after a page has loaded itself once more. What is to be read next asks for it (data-focus).

(function () {
  var LEFT_AT = "left-at"; // in the session: where the focus stood before the page loaded itself
  var held = null;

  function nameOf(element) {
    var attributes = ["id", "href", "name", "value"].map(function (name) { return element.getAttribute(name); });
    var form = element.form && element.form.getAttribute("action");
    return JSON.stringify([element.tagName, form].concat(attributes));
  }

  function standAgain(root, name) {
    var all = Array.from(root.querySelectorAll("a, button, input, select, textarea, [tabindex]"));
    var place = all.find(function (element) { return nameOf(element) === name; });
    place = place || root.querySelector("[tabindex='-1']");
    if (place) place.focus();
  }

  // Of what has the focus and comes again as it is, nothing is exchanged but what stands around it: a screen reader
  // does not say a button anew at every poll.
  function exchangedAround(focused, target, answer) {
    var fresh = new DOMParser().parseFromString(answer, "text/html").getElementById(target.id || "nothing");
    var own = Array.from(target.children).find(function (child) { return child.contains(focused); });
    var same = fresh && own && Array.from(fresh.children).find(function (child) { return child.isEqualNode(own); });
    if (!same) return false;
    var behind = Array.from(fresh.children), before = behind.splice(0, behind.indexOf(same));
    behind.shift();
    Array.from(target.children).forEach(function (child) { if (child !== own) child.remove(); });
    own.before.apply(own, before);
    own.after.apply(own, behind);
    if (fresh.dataset.says !== undefined) target.dataset.says = fresh.dataset.says;
    htmx.process(target);
    return true;
  }

  document.body.addEventListener("htmx:beforeSwap", function (event) {
    var target = event.detail.target, focused = document.activeElement;
    var stands = event.detail.shouldSwap && focused !== document.body && target.contains(focused);
    held = null;
    if (stands && event.detail.elt === target && exchangedAround(focused, target, event.detail.serverResponse)) {
      event.detail.shouldSwap = false;
      say();
      return;
    }
    held = stands ? { root: target.parentNode, name: nameOf(focused) } : null;
  });

  document.body.addEventListener("htmx:afterSwap", function (event) {
    var wanted = event.target.querySelector("[data-focus]");
    if (wanted) wanted.focus();
    else if (held && (!document.activeElement || document.activeElement === document.body)) {
      standAgain(held.root, held.name);
    }
    held = null;
    say();
  });

  document.body.addEventListener("htmx:beforeOnLoad", function (event) {
    if (!event.detail.xhr.getResponseHeader("HX-Refresh")) return;
    var focused = document.activeElement;
    sessionStorage.setItem(LEFT_AT, focused && focused !== document.body ? nameOf(focused) : "");
  });

  // What could not be swapped in (signed out, one search at a time) is shown as the page it is.
  document.body.addEventListener("htmx:responseError", function (event) {
    var button = event.detail.elt;
    if (button.matches("button[name=do]")) button.form.requestSubmit(button);
  });

  // How far a sending is, to a screen reader: a sentence of the server's that changes at quarters alone.
  function say() {
    var line = document.querySelector("[data-said]"), progress = document.querySelector("[data-says]");
    if (!line || !progress || line.textContent === progress.dataset.says) return;
    line.textContent = progress.dataset.says;
  }

  // Seconds are counted for the eye; nothing is announced, and no button is exchanged under a finger.
  document.querySelectorAll("[data-seconds]").forEach(function (sentence) {
    var timer = setInterval(function () {
      var left = Math.max(0, Number(sentence.dataset.seconds) - 1);
      sentence.dataset.seconds = left;
      sentence.textContent = sentence.textContent.replace(/\d+/, left);
      if (!left || !sentence.isConnected) clearInterval(timer);
    }, 1000);
  });

  var left = sessionStorage.getItem(LEFT_AT);
  sessionStorage.removeItem(LEFT_AT);
  var wanted = document.querySelector("[data-focus]");
  if (left) standAgain(document.querySelector("main") || document.body, left);
  else if (wanted && !(wanted.matches(".notice") && document.querySelector("[autofocus]"))) wanted.focus();
  if (left !== null) setTimeout(say, 500);
})();
