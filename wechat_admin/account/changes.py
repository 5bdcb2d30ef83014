"""What a change on the administration screen means for people and messages, told by the floors above.

They register functions in `receivers.py`; each returns a sentence with numbers, or "" where nobody is concerned.
"""

from collections import defaultdict

from django.dispatch import Signal

ANOTHER_COMPANY, ANOTHER_APPLICATION, HIDING = "another company", "another application", "hiding"

# Sent inside the transaction that saves it; `before` and `after` are account keys, `change` one of the first two.
account_changed = Signal()

_sentences = defaultdict(list)


def consequence(*changes):
    def add(function):
        for change in changes:
            _sentences[change].append(function)
        return function

    return add


def of(change, account):
    """The sentences about `change` of the account as it stands."""
    return [sentence for function in _sentences[change] if (sentence := function(account))]
