"""`make mutate`: whether the tests notice faults. Small ones are put into the code, one at a time, in a copy of it.

    SEED=1                    which of all the mutants there are; the same seed takes the same of the same code
    COUNT=300                 how many of them
    ONLY=messaging,portal     of the ground (`ground.py`) what begins so
    AGAIN=1                   try those anew that lived

A mutant is killed when a test fails on it, or when the tests do not end. Each is tried against those tests of its part
that call its function, the quickest first, until one fails: in a fork of one process (forked.py), or where it stands in
no function in a process of its own. Results stand in var/mutate, and a run that was stopped goes on.
One that lives says one of three things: a test is missing, the code says more than it has to, or both ways are right.

It is our own because mutmut (3.8) leaves every decorated function as it is, so all that is `@transaction.atomic`, and
cosmic-ray (8.7) drops neither a statement nor an argument of a filter, has one test command for all, and writes into
the checkout. What runs which line says coverage.
"""
