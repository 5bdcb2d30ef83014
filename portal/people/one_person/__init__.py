"""Everything the portal holds about one person: handed out whole, or erased in place.

Erased are names, numbers, addresses and whatever else tells who it was; rows and their numbers stay, so that reports and
counts say what they said. Each floor says what it holds in a module `erasing` of its own (parts.py), and a test fails for a
model with a key to a person or a sign-in that no part names.
"""
