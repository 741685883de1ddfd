#!/usr/bin/env bash
# Finds tests that pass only sometimes. It runs all tests of a fresh clone again and again: several runs at once, each in
# another order, without TZ, LANG and HOME, by turns as root and as a user without rights.
#
#     tests/flakes.sh                       twenty runs, four at once: a load of ten on two cores
#     tests/flakes.sh 8 2                   eight runs, two at once
#     tests/flakes.sh 8 2 watch::health     only these tests
#
# Needs root, and the programs that .ci/run installs. Prints a line for each run: its seed, user, seconds, load and
# results. At the end it names the tests that failed, each with the number of runs. The output of these runs is kept.
set -euo pipefail
cd "$(dirname "$0")/.."

# Within a process namespace of its own, so that the processes of the tests end with the script, whatever happens.
[ "$(id -u)" = 0 ] || { echo "run it as root: it also runs the tests as another user" >&2; exit 1; }
[ $$ = 1 ] || exec unshare --pid --fork --kill-child --mount-proc "tests/${0##*/}" "$@"

runs=${1:-20} at_once=${2:-4} names=("${@:3}")
[[ $runs =~ ^[1-9][0-9]*$ && $at_once =~ ^[1-9][0-9]*$ ]] || { echo "usage: tests/flakes.sh [RUNS [AT_ONCE [TEST...]]]" >&2; exit 2; }
user=nobody
as_user=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
# Both users reach the usual folder for temporary files.
unset ATTEND_TEST_ALL TMPDIR
# Both users may use the clone, though it belongs to one of them.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

work=$(mktemp -d)
leave() {
    kill -KILL -1 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work/clone" || true
    rmdir "$work" 2>/dev/null || echo "the output of the runs that did not pass is in $work"
}
trap leave EXIT
trap 'exit 130' INT TERM
chmod 755 "$work"

# The tests find the program and the tools where they were built. Without hard links, because the clone gets another owner.
git clone --quiet --no-hardlinks . "$work/clone"
mkdir "$work/clone/target"
[ ! -d target/ci-tools ] || cp -r target/ci-tools "$work/clone/target/"
cd "$work/clone"
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
built=$(CARGO_TARGET_DIR=target cargo test --locked --no-run 2>&1) || { echo "$built"; exit 1; }
mapfile -t programs < <(grep -o 'target/debug/deps/[a-zA-Z0-9_-]*' <<<"$built")
[ ${#programs[@]} -gt 0 ] || { echo "no test programs" >&2; exit 1; }
chown -R "$user:" "$work/clone"

export CARGO_MANIFEST_DIR=$PWD PATH="$PATH:$PWD/target/ci-tools/bin"
export PYTHONPATH="${PYTHONPATH:+$PYTHONPATH:}$PWD/target/ci-tools"
# A snapshot that differs is not written into the clone, which another run uses.
export INSTA_UPDATE=no
# Only an unstable option of the test programs changes the order.
export RUSTC_BOOTSTRAP=1
skipped=()
# This test calls cargo. Root's toolchain may be closed to the other user, who has not downloaded any crate either.
"${as_user[@]}" env -u HOME "$(rustup which cargo 2>/dev/null || command -v cargo)" metadata --offline --locked --format-version 1 >/dev/null 2>&1 ||
    skipped=(--skip project::package::the_package_installs)

run() {
    local seed=$1 as=(env ATTEND_TEST_ALL=1) skip=() failed=0 began=$SECONDS
    local name=root said=$work/$seed.txt
    if [ $((seed % 2)) = 1 ]; then
        as=("${as_user[@]}") skip=("${skipped[@]}") name=$user
    fi
    for program in "${programs[@]}"; do
        "${as[@]}" env -u TZ -u LANG -u LC_ALL -u HOME "$program" "${names[@]}" "${skip[@]}" \
            -Z unstable-options --shuffle-seed "$seed" >>"$said" 2>&1 || failed=1
    done
    printf 'seed %-4s %-7s %5d s  load %-6s %s\n' "$seed" "$name" $((SECONDS - began)) "$(cut -d' ' -f1 /proc/loadavg)" \
        "$(grep -o '[0-9]* passed; [0-9]* failed' "$said" | tr '\n' ' ')"
    grep -q '[1-9][0-9]* passed' "$said" || failed=1
    [ "$failed" = 1 ] || rm "$said"
    return "$failed"
}

failures=0
for ((first = 1; first <= runs; first += at_once)); do
    jobs=()
    for ((seed = first; seed < first + at_once && seed <= runs; seed++)); do
        run "$seed" </dev/null &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job" || failures=$((failures + 1)); done
done
if [ "$failures" -gt 0 ]; then
    { grep -h '^test .* FAILED$' "$work"/*.txt || echo "a program ended without naming a test, or no test has this name"; } |
        sort | uniq -c
    echo "$failures of $runs runs failed"
    exit 1
fi
