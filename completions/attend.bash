# Completion of attend in bash. Written by: attend completions bash
#
# attend answers what could come next, quoted so that bash reads every name as one word and evaluates nothing.

_attend() {
    local reply
    COMPREPLY=()
    while IFS= read -r reply; do
        COMPREPLY+=("$reply")
    done < <(command attend complete bash -- "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
    # The first line says what follows: names, or none where the shell knows its files better.
    if [[ ${COMPREPLY[0]-} == files ]]; then
        compopt -o default
    fi
    COMPREPLY=("${COMPREPLY[@]:1}")
}

complete -F _attend attend
