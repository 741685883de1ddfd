#!/usr/bin/env bash
# Queries from a shell: attend prints CSV and JSON lines, which jq, sqlite3 and spreadsheets can process.
#
#   examples/recipes.sh RECIPE [ARGUMENTS]
#
#   absent_twice FROM TO      students who were absent in two periods or more between two dates
#   late FROM TO              late students, with the number of times and the total of minutes
#   class_list GROUP DATE     the statuses of a class on a date, as text to mail: … | mail -s "G7 today" ms-lee@school.example
#   workbook DATE FILE.xlsx   the summary of a date for people with a spreadsheet
#   sql FROM TO QUERY         any question about the register, in SQL (the table records; see attend export records)
#   runners_silent            runners that should be heard and are not, one per line, for a status bar or a pager
set -euo pipefail

absent_twice() {
    attend export records --from "$1" --to "$2" --status absent --format jsonl |
        jq -rs 'group_by(.student) | map(select(length >= 2)) | .[]
                | [.[0].student, .[0].name, .[0].group // "", (length | tostring)] | @csv'
}

late() {
    attend export records --from "$1" --to "$2" --status present --format jsonl |
        jq -rs 'map(select(.late)) | group_by(.student) | sort_by(-length) | .[]
                | [.[0].student, .[0].name, length, (map(.minutes_late) | add)] | @csv'
}

class_list() {
    attend summary --date "$2" --group "$1" --format table
}

workbook() {
    attend summary --date "$1" -o "$2"
}

# --dialect plain: RFC 3339 instants, no byte order mark, no guards for spreadsheets. DuckDB reads the same file:
# attend export records --dialect plain -o records.csv && duckdb -c "SUMMARIZE FROM 'records.csv'"
sql() {
    attend export records --from "$1" --to "$2" --dialect plain |
        sqlite3 -header -csv :memory: '.import --csv /dev/stdin records' "$3"
}

runners_silent() {
    attend runner list --format jsonl | jq -r 'select(.state == ("stale", "offline", "silent")) | .camera'
}

case ${1:-} in
absent_twice | late | class_list | workbook | sql | runners_silent) "$@" ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
