#!/bin/sh
# Sends the registers that changed to the district's PostgreSQL database. For cron at the school, every few minutes, or at
# the district for each school in turn:
#   */5 * * * * ATTEND_DB=/srv/attend/attend.db PGHOST=district PGUSER=school_0101 PGDATABASE=district load.sh
# psql takes the connection from PGHOST, PGUSER and so on, and the password from ~/.pgpass. An edition is confirmed once
# the database has committed it. If a step fails before that, the next run sends it again. PSQL names another psql. That of
# Debian is a script that looks for a version first, for longer than psql itself runs.
set -eu

feed=${1:-district}
columns=date,period,student,name,group,status,minutes_late,first_seen,last_seen,reason

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM

# Two runs for one school at once could confirm the edition of the other one. The lock names the database, because one
# machine may send for many schools.
database=$(printf '%s' "${ATTEND_DB:-}" | cksum)
exec 9>"${TMPDIR:-/tmp}/attend-feed-$feed-${database%% *}-$(id -u).lock"
flock -n 9 || exit 0

attend -q export records --feed "$feed" --dialect plain --format csv --columns "$columns" -o "$folder/edition.csv"
# An edition without rows needs no connection.
if { read -r _ && read -r _; } <"$folder/edition.csv"; then
    "${PSQL:-psql}" -X -q -v ON_ERROR_STOP=1 --single-transaction -c 'SET client_min_messages = warning' \
        -c 'CREATE TEMP TABLE arriving (LIKE edition) ON COMMIT DROP' \
        -c "\\copy arriving FROM '$folder/edition.csv' WITH (FORMAT csv, HEADER true)" \
        -c "SELECT take_edition('arriving')" -o /dev/null
fi
attend -q export confirm "$feed"
