"""For System Administrators: everything about one person, handed out or erased."""
