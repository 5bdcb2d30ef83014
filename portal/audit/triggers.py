"""The database itself refuses to change the trail, whoever asks: no UPDATE, no DELETE, no TRUNCATE.

What may be done says one place: a block that is sealed and older than a year is marked as dropped, the oldest first, and
then its events may go (`retention.drop`). Whoever owns the tables can take the triggers away; that is seen by
`verify_audit`. SQLite makes a table anew when a migration alters it, and its triggers are gone then: such a migration
calls `take_away` first and `make` last.
"""

from contextlib import contextmanager

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only.';
END $$;
CREATE OR REPLACE FUNCTION audit_keep_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id <= (SELECT max(last) FROM audit_block WHERE dropped_at IS NOT NULL) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only.';
END $$;
CREATE OR REPLACE FUNCTION audit_keep_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.dropped_at IS NULL AND NEW.dropped_at IS NOT NULL
        AND (OLD.number, OLD.last, OLD.events, OLD.newest_at, OLD.hash, OLD.sealed_at)
            = (NEW.number, NEW.last, NEW.events, NEW.newest_at, NEW.hash, NEW.sealed_at)
        AND OLD.newest_at < now() - interval '1 year'
        AND NOT EXISTS (SELECT 1 FROM audit_block WHERE number < OLD.number AND dropped_at IS NULL)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only.';
END $$;
CREATE TRIGGER audit_event_unchanged BEFORE UPDATE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_keep_event();
CREATE TRIGGER audit_event_not_emptied BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_block_unchanged BEFORE UPDATE ON audit_block
    FOR EACH ROW EXECUTE FUNCTION audit_keep_block();
CREATE TRIGGER audit_block_kept BEFORE DELETE ON audit_block
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_block_not_emptied BEFORE TRUNCATE ON audit_block
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""

_SQLITE = [
    """CREATE TRIGGER audit_event_unchanged BEFORE UPDATE ON audit_auditevent
        BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
    """CREATE TRIGGER audit_event_kept BEFORE DELETE ON audit_auditevent
        WHEN OLD.id > (SELECT coalesce(max(last), 0) FROM audit_block WHERE dropped_at IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
    """CREATE TRIGGER audit_block_unchanged BEFORE UPDATE ON audit_block
        WHEN OLD.dropped_at IS NOT NULL OR NEW.dropped_at IS NULL
            OR (OLD.number, OLD.last, OLD.events, OLD.newest_at, OLD.hash, OLD.sealed_at)
                <> (NEW.number, NEW.last, NEW.events, NEW.newest_at, NEW.hash, NEW.sealed_at)
            OR julianday(OLD.newest_at) > julianday('now', '-1 year')
            OR EXISTS (SELECT 1 FROM audit_block WHERE number < OLD.number AND dropped_at IS NULL)
        BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
    """CREATE TRIGGER audit_block_kept BEFORE DELETE ON audit_block
        BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END""",
]
_ON_EVENTS = ("audit_event_unchanged", "audit_event_kept", "audit_event_not_emptied")
_ON_BLOCKS = ("audit_block_unchanged", "audit_block_kept", "audit_block_not_emptied")
ALL = frozenset([*_ON_EVENTS, *_ON_BLOCKS])
NAMES = ALL  # those that are missed


def make(connection):
    with connection.cursor() as cursor:
        for statement in [_POSTGRESQL] if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def take_away(connection):
    """For a migration that alters the tables, and for tests: nothing else calls it."""
    with connection.cursor() as cursor:
        for table, names in (("audit_auditevent", _ON_EVENTS), ("audit_block", _ON_BLOCKS)):
            for name in names:
                of = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of}")


@contextmanager
def aside(connection):
    """For what empties a whole database: the demo's, a test's."""
    take_away(connection)
    yield
    make(connection)


def missing(connection):
    """Those that should stand and do not."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'audit%' AND tgenabled <> 'D'")
            meant = NAMES
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            meant = frozenset(name for name in NAMES if not name.endswith("_emptied"))
        return sorted(meant - {name for (name,) in cursor.fetchall()})
