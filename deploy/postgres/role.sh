#!/bin/sh
# The portal's own role: it owns its database and nothing else. Run once, by the image of PostgreSQL, where the database is
# made. Afterwards nobody comes in as the superuser from outside of that container.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" -d postgres <<'SQL'
CREATE ROLE portal LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE portal OWNER portal;
ALTER ROLE postgres PASSWORD NULL;
SQL
