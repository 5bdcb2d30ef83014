"use strict";
// Passkeys: the browser is asked for one by a press, and its answer goes with the form. Without this file, and in a browser
// that knows no passkeys, the buttons stay hidden and the page says what else there is.

(function () {
  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }
  function text(buffer) {
    var plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function asked(options) {
    var wanted = options.publicKey;
    wanted.challenge = bytes(wanted.challenge);
    if (wanted.user) wanted.user.id = bytes(wanted.user.id);
    (wanted.excludeCredentials || []).concat(wanted.allowCredentials || []).forEach(function (known) {
      known.id = bytes(known.id);
    });
    return { publicKey: wanted };
  }

  function answer(credential) {
    var response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    });
    return {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      response: response,
      clientExtensionResults: credential.getClientExtensionResults()
    };
  }

  function ready(button) {
    var form = button.form, failed = document.querySelector("[data-passkey-failed]");
    button.addEventListener("click", function () {
      failed.hidden = true;
      var options = asked(JSON.parse(document.getElementById("passkey").textContent));
      navigator.credentials[button.dataset.passkey](options).then(function (credential) {
        form.querySelector("[data-passkey-answer]").value = JSON.stringify(answer(credential));
        form.submit();
      }).catch(function () {
        failed.hidden = false;
        failed.focus();
      });
    });
    button.hidden = false;
  }

  if (!window.PublicKeyCredential) return;
  document.querySelectorAll("[data-no-passkeys]").forEach(function (sentence) { sentence.hidden = true; });
  document.querySelectorAll("[data-passkey]").forEach(ready);
})();
