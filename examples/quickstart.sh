#!/usr/bin/env bash
# Builds attend and runs its main job on a small example school: from camera lines to "who is here now".
#
#   examples/quickstart.sh [FOLDER]
#
# FOLDER keeps the database, and the end says how to ask it more. By default a temporary folder is used and removed.
# The date of the school's morning is fixed, so that the roster is always the same.
set -euo pipefail

cd "$(dirname "$0")/.."
school=examples/school

if [ -n "${ATTEND:-}" ]; then
    attend=$ATTEND
elif [ ! -f Cargo.toml ]; then
    attend=$(command -v attend) # the package, which comes without the source
else
    echo "# Building attend (a minute or two, the first time) ..."
    cargo build --release --locked --quiet
    attend=${CARGO_TARGET_DIR:-target}/release/attend
fi

if [ $# -gt 0 ]; then
    folder=$1
    mkdir -p "$folder"
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi

export ATTEND_DB=$folder/school.db
if [ -e "$ATTEND_DB" ]; then
    echo "# The school is in $folder already. Ask it, or name another folder." >&2
    exit 1
fi
export ATTEND_NOW=2026-09-07T09:59:12+03:00

# Shows a command, then runs it.
run() {
    local word line='$ attend'
    for word in "$@"; do
        case $word in *' '*) line+=" \"$word\"" ;; *) line+=" $word" ;; esac
    done
    printf '\n%s\n' "$line"
    "$attend" "$@"
}

# The same for a pipe from one command into the next.
pipe() {
    printf '\n$ attend %s | attend %s\n' "$1" "$2"
    # shellcheck disable=SC2086  # the words of these two commands hold no spaces
    "$attend" $1 | "$attend" $2
}

echo "# The database is $ATTEND_DB; for this school it is $ATTEND_NOW."
run init --timezone Asia/Baghdad --school "Green Valley School"
run student import "$school/roll.csv" -v
run period add Assembly --start 08:00 --end 08:15 --days sun-thu --late-grace 0 --late-after none
run period add "Block 1" --start 08:20 --end 09:30 --days sun-thu --late-grace 0
run period add "Block 2" --start 09:35 --end 10:20 --days sun-thu --late-grace 0
run period add "Block 3" --start 10:35 --end 11:20 --days sun-thu --late-grace 0
run period list
run schedule generate --days 7 -v
pipe "simulate --date 2026-09-07 --seed 9" "ingest --acks errors -v"
run mark H000104 excused --reason "at the dentist" --by ms-lee
run panel --recent 5
run roster now

if [ $# -gt 0 ]; then
    printf '\n# To ask it more:\n#   export ATTEND_DB=%q ATTEND_NOW=%q\n' "$(realpath "$ATTEND_DB")" "$ATTEND_NOW"
    printf '#   %q history H000103\n' "$(realpath "$attend")"
fi
