"""What a change on the administration screen means for people and messages, told by the floors above.

They register functions in `receivers.py`; each returns a sentence with numbers, or "" where nobody is concerned.
"""

from collections import defaultdict
from collections.abc import Callable

from django.dispatch import Signal

from ..models import EnterpriseAccount

ANOTHER_COMPANY, ANOTHER_APPLICATION, HIDING = "another company", "another application", "hiding"

# Sent inside the transaction that saves it; `before` and `after` are account keys, `change` one of the first two.
account_changed = Signal()

Concerned = Callable[[EnterpriseAccount], str]
_sentences: dict[str, list[Concerned]] = defaultdict(list)


def concerns(*changes: str) -> Callable[[Concerned], Concerned]:
    """Registers a function: whom one of these changes of the account it is given concerns."""

    def add(function: Concerned) -> Concerned:
        for change in changes:
            _sentences[change].append(function)
        return function

    return add


def concerned(change: str, account: EnterpriseAccount) -> list[str]:
    """The sentences about whom `change` of the account as it stands concerns."""
    return [sentence for function in _sentences[change] if (sentence := function(account))]
