"use strict";
// Files: what is too large is said beside the field before it travels, and while one travels a bar shows how far it is.
// Without this file the server says the same afterwards.

(function () {
  var MEGABYTE = 1024 * 1024;

  function inMegabytes(bytes) { return (bytes / MEGABYTE).toFixed(1).replace(/\.0$/, ""); }

  function said(sentence, values) {
    return sentence.replace(/\{(\w+)\}/g, function (all, name) { return values[name]; });
  }

  function whyNot(input, words) {
    function most(file) { return /\.(jpe?g|png)$/i.test(file.name) ? input.dataset.mostOfPictures : input.dataset.most; }
    var files = Array.from(input.files), together = files.reduce(function (sum, file) { return sum + file.size; }, 0);
    var large = files.find(function (file) { return file.size > Number(most(file)); });
    if (large) {
      return said(words.tooLarge, { name: large.name, size: inMegabytes(large.size), most: inMegabytes(most(large)) });
    }
    if (together <= Number(input.dataset.together)) return "";
    return said(words.together, { size: inMegabytes(together), most: inMegabytes(input.dataset.together) });
  }

  document.addEventListener("change", function (event) {
    var input = event.target;
    if (!input.matches("input[type=file][data-most]")) return;
    var place = input.closest("[data-too-large]"), why = whyNot(input, place.dataset);
    place.querySelector("[data-why-not]").textContent = why;
    if (why) input.value = "";
  });

  function hasFiles(form) {
    return Array.from(form.querySelectorAll("input[type=file]")).some(function (input) { return input.files.length; });
  }

  // The address is this page's own where a file was added to it: then it is loaded once more.
  function goTo(address) {
    var to = new URL(address, location.href);
    if (to.pathname !== location.pathname || to.search !== location.search) return location.assign(to.href);
    history.replaceState(null, "", to.href);
    location.reload();
  }

  // What is answered with no address, a mistake or a sign-in, is a page of its own: the form is sent as without script.
  function sendAsEver(form, button) {
    form.dataset.sent = "as ever";
    form.requestSubmit(button);
  }

  function upload(form, button) {
    var bar = form.querySelector("[data-upload]"), request = new XMLHttpRequest(), data = new FormData(form);
    if (button && button.name) data.append(button.name, button.value);
    bar.hidden = false;
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) bar.querySelector("progress").value = 100 * event.loaded / event.total;
    });
    request.addEventListener("loadend", function () {
      var address = request.status === 204 && request.getResponseHeader("X-Leads-To");
      if (address) goTo(address);
      else sendAsEver(form, button);
    });
    request.open("POST", form.getAttribute("action") || location.href);
    request.setRequestHeader("X-Upload", "yes");
    request.send(data);
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.dataset.sent === "as ever") return;
    if (!form.querySelector("[data-upload]") || !hasFiles(form)) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "by the bar";
    upload(form, event.submitter);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
