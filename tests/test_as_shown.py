"""Every button that posts: decided is about what its page showed, or it says here why an old page may press it, too."""

from .test_permissions import TABLE

# Where it is another by then nothing is done, and a sentence says so. Tested beside each.
ONLY_AS_SHOWN = {
    *("messaging:send", "messaging:release", "messaging:send-back", "messaging:start-now", "messaging:resume"),
    *("messaging:make-differ", "messaging:remove-article"),
    *("registration:link", "registration:refuse", "registration:hand-over", "registration:end", "registration:settle"),
    *("registration:send-invitations", "registration:note-invited"),
    *("registration:print-letter", "registration:print-letters", "registration:code-in-place"),
    *("add-holder", "take-own-address", "take-address-of", "let-in"),
    *("set-up-callback", "qr-still-works", "test-came", "address-book-hidden", "release-after-restore"),
}
WHENEVER_PRESSED = {
    "one's own: who signs in, what one reads, what one says oneself": {
        *("sign-out", "sign-out-everywhere", "sign-out-elsewhere", "end-own-session", "language", "theme"),
        *("renew-recovery-codes", "remove-factor", "withdraw-proposal", "registration:choose-own-password"),
        *("registration:nothing-came", "registration:daily-limit", "registration:consent"),
    },
    "it holds back or takes away: an old page must keep nobody from that": {
        *("messaging:undo", "registration:stop-run", "pause-sending", "end-session", "stop-impersonating"),
        *("remove-holder", "messaging:end-share"),
    },
    "it makes a draft, or what else is read before anything comes of it": {
        *("messaging:copy", "messaging:change", "messaging:correct", "messaging:again", "messaging:again-to"),
        *("messaging:send-missing", "messaging:starters", "copy-profile", "answer-import", "import-stays"),
        *("import-back", "import-all-back", "import-left"),
    },
    "it asks or shows, or goes to nobody but whoever presses": {
        *("messaging:reach", "messaging:preview", "messaging:test", "messaging:ask", "examine-connection", "send-test"),
        "registration:letters-to-me",
    },
    "another press brings it back": {
        *("messaging:delete", "messaging:undelete", "messaging:delete-template", "messaging:undelete-template"),
        *("messaging:delete-audience", "messaging:undelete-audience", "stay", "resume-sending"),
    },
    "its address and its words name all of it": {
        *("decide-about-proposal", "decide-about-account", "ask-for-factor", "remove-factors-of", "erase"),
        *("take-merge-back", "take-back-departure", "take-back-import", "forget-import", "messaging:share"),
    },
    "it writes to those alone who need it by then": {"make-sign-in", "welcome-again"},
}


def test_every_button_that_posts_stands_here_once():
    named = [*ONLY_AS_SHOWN, *(name for names in WHENEVER_PRESSED.values() for name in names)]
    assert sorted(named) == sorted(name for name, (_arguments, _who, method) in TABLE.items() if method == "post")
