"""`make bench`: how fast the portal is, beside what the same machine needs for the bare work. Nothing here is a test.

Each row of `table.ROWS` is one measurement. It runs on a database and processes of its own: celery workers, sweeper,
gunicorn, and a lean server in WeCom's place (`wecom.py`). Product and floors take turns, so that both meet the same load.

    BENCH_ROWS=1,2          which rows; all that the databases at hand allow otherwise
    BENCH_PEOPLE=100000     size of the school, and of the messages
    BENCH_TIMES=5           turns of each, of which the median counts
    BENCH_COMPARE=FILE      an earlier result; otherwise the newest in var/bench

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name PostgreSQL and Redis; the benchmark makes a database of its own beside that.
Statements are counted in our processes, without BEGIN and COMMIT; WAL is the whole server's, so run it alone.
"""
