"""A backup is one file: what it holds in words (manifest.py), then the database as its own tools write it (databases.py),
sealed (sealed.py). `manage.py backup` and `manage.py restore` read top to bottom what happens.
"""
