"""The rule that says whom a message is for, as a column keeps it. What its clauses are says audience/rule.py."""

from typing import Any

Clause = dict[str, Any]
Rule = dict[str, list[Clause]]
