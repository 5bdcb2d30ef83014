"""The benchmark is no test; that each row of its table can be measured is one."""

import ast
from pathlib import Path

from tests.bench import table


def test_every_row_names_a_function_that_is_there():
    for row in table.ROWS.values():
        module, _, name = row.function.partition(".")
        # Read, not imported: a sitting sets an environment of its own.
        tree = ast.parse((Path(table.__file__).parent / f"{module}.py").read_text())
        there = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in there, row.function
