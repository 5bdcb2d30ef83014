"""What is measured: a row each. A further one is a function in a module beside, and a line in ROWS."""

from dataclasses import dataclass, field
from importlib import import_module


@dataclass
class Result:
    value: float
    each: list = field(default_factory=list)  # what the turns came to
    notes: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    what: str
    unit: str
    target: float  # no more than that
    function: str  # "module.function" of this package: of a Stand, a Result
    is_small: bool = False  # on SQLite and the file broker

    def measure(self, stand):
        module, _, name = self.function.partition(".")
        return getattr(import_module(f"{__package__}.{module}"), name)(stand)


ROWS = {
    "1": Row("shared, 0 ms a call: times the bare work", "×", 2.0, "shared.shared"),
    "2": Row("shared, 50 ms a call, 8 connections", "×", 1.4, "shared.shared_slowly"),
    "3": Row("shared, to ten times as many", "×", 2.2, "shared.shared_to_ten_times_as_many"),
    "4": Row("10,000 personal, 0 ms a call: times the calls", "×", 2.5, "personal.personal"),
    "5": Row("personal, 50 ms a call: times N·L/C", "×", 1.15, "personal.personal_slowly"),
    "6 personal": Row("processor time a person, personal", "ms", 0.6, "personal.processor_time"),
    "6 shared": Row("processor time a person, shared", "ms", 0.04, "shared.processor_time"),
    "7 statements": Row("statements for 1,000 people, shared", "", 6, "shared.statements"),
    "7 WAL": Row("WAL a person, shared", "bytes", 600, "shared.wal"),
    "8 Send": Row("Send: for the most people and for the fewest", "×", 1.2, "asking.sending"),
    "8 statements": Row("statements of Send", "", 12, "asking.statements_of_sending"),
    "8 check": Row("check page for 20,000, p95", "ms", 60, "asking.checking"),
    "8 check, many": Row("check page for ten times the school, p95", "×", 3, "asking.checking_many"),
    "9 pages": Row("the slowest page at 18 deliveries a person, p95", "ms", 50, "pages.slowest"),
    "9 statements": Row("statements of a page", "", 10, "pages.most_statements"),
    "9 many": Row("a page at 100 deliveries a person, beside 10", "×", 1.25, "pages.many_beside_fewer"),
    "10 urgent": Row("first call during 10,000 personal, p95", "s", 1, "newcomers.urgent"),
    "10 ordinary": Row("the same of an ordinary message", "s", 1, "newcomers.ordinary"),
    "10 freezing": Row("urgent, while ten times the school is frozen, p95", "s", 1, "newcomers.urgent_while_freezing"),
    "10 freezing, ordinary": Row("the same of an ordinary one", "s", 1, "newcomers.ordinary_while_freezing"),
    "11 calls": Row("calls a person with a quarter of faults", "×", 1.4, "troubles.calls"),
    "11 time": Row("10,000 shared with faults, over 15 s", "×", 1.6, "troubles.shared"),
    "12 first": Row("first call after kill -9 and restart", "s", 10, "troubles.first_call_after_a_kill"),
    "12 in the air": Row("then all that was in the air", "s", 35, "troubles.what_was_in_the_air"),
    "import": Row("a file of people: processor, times COPY", "×", 5, "bringing.importing_people"),
    "import xlsx": Row("the same as a workbook", "s", 30, "bringing.importing_a_workbook"),
    "import again": Row("the very file again", "s", 2, "bringing.importing_again"),
    "import memory": Row("memory beyond that for a tenth of the rows", "MB", 20, "bringing.memory"),
    "13": Row("shared, on SQLite with one worker", "s", 5, "shared.on_sqlite", is_small=True),
}
