# Completion of attend in fish. Written by: attend completions fish
#
# attend answers what could come next; fish quotes what is inserted.

function __attend_complete
    command --query attend; or return
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l last (commandline --current-token --cut-at-cursor)
    set -e words[1]
    set -l replies (command attend complete fish -- $words "$last" 2>/dev/null)
    # The first line says what follows: names, or none where the shell knows its files better.
    if test "$replies[1]" = files
        set -l option (string match --regex --groups-only -- '^(--[^=]*=)' "$last")
        set -l begin (string replace -- "$option" '' "$last")
        printf '%s\n' "$option"(__fish_complete_path "$begin")
        return
    end
    set -e replies[1]
    printf '%s\n' $replies
end

complete --command attend --no-files --keep-order --arguments '(__attend_complete)'
