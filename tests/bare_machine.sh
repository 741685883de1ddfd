#!/usr/bin/env bash
# Sets attend up on a bare machine, as a stranger would, and says how long each step takes.
#
#     tests/bare_machine.sh quickstart    a fresh clone and examples/quickstart.sh
#     tests/bare_machine.sh tests         the same, then cargo test --locked
#     tests/bare_machine.sh packaged      builds from the files of cargo package alone
#     tests/bare_machine.sh package       the Debian package: install, upgrade, remove, purge
#     tests/bare_machine.sh               everything
#
# The machine is a minimal Debian in a folder with a C compiler, git, Python and this machine's Rust. The user is not
# root, has a space in the home directory, no UTF-8 locale, an unusual time zone, and no caches. Needs root, debootstrap
# and a Debian mirror. ROOT=folder keeps the minimal Debian for the next run. ATTEND=program takes that release build
# for the Debian package instead of building one.
set -euo pipefail
cd "$(dirname "$0")/.."

[ "$(id -u)" = 0 ] || { echo "run it as root: debootstrap and chroot need that" >&2; exit 1; }
# Mounts end with the script, whatever happens.
[ "${1:-}" = --inside ] || exec unshare --mount --pid --fork --kill-child "$0" --inside "$@"
shift
steps=("${@:-}")
work=$(mktemp -d)
trap 'umount -R "$root" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
root=${ROOT:-$work/root}

wanted() { [ "${steps[0]}" = "" ] || [[ " ${steps[*]} " == *" $1 "* ]]; }

# Runs a step, and prints how long it took. Its output is shown if it fails.
step() {
    local name=$1 began=$SECONDS
    shift
    # In the background, because the shell ignores failures within a function that a condition calls.
    "$@" >"$work/said" 2>&1 &
    if ! wait $!; then
        cat "$work/said"
        echo "FAILED: $name"
        exit 1
    fi
    printf '%-55s %5d s\n' "$name" $((SECONDS - began))
}

# Runs a command on the bare machine, as root or as the stranger.
machine() {
    timeout 900 chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}
stranger() {
    timeout 7200 chroot --userspec=stranger:stranger "$root" env -i HOME="/home/a stranger" USER=stranger \
        PATH=/opt/rust/bin:/usr/bin:/bin TZ=Pacific/Chatham LC_ALL=C sh -euc "cd; $1"
}

bare_debian() {
    mkdir -p "$root"
    debootstrap --variant=minbase --include=gcc,libc6-dev,git,python3,ca-certificates,tzdata bookworm "$root"
}

# The network and the toolchain of this machine, and what it is to build.
equip() {
    mount --bind "$root" "$root"
    mkdir -p "$root/opt/rust" "$root/srv"
    mount --bind "$(rustc --print sysroot)" "$root/opt/rust"
    mount -o remount,bind,ro "$root/opt/rust"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    cp /etc/resolv.conf /etc/hosts "$root/etc/"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    git bundle create --quiet "$root/srv/attend.bundle" HEAD
    chmod 755 "$root/srv"
    machine id stranger >/dev/null 2>&1 || machine useradd --home-dir "/home/a stranger" --create-home stranger
}

clone() { stranger 'rm -rf .cargo attend; git clone --quiet /srv/attend.bundle attend'; }

packaged() {
    cargo package --no-verify --allow-dirty --target-dir "$work/target"
    local crate
    crate=$(echo "$work"/target/package/attend-*.crate)
    [ "$(stat -c %s "$crate")" -lt $((2 * 1024 * 1024)) ] || { echo "the package is larger than 2 MiB"; return 1; }
    cp "$crate" "$root/srv/attend.crate"
    stranger 'rm -rf packaged; mkdir packaged; cd packaged; tar xzf /srv/attend.crate --strip-components=1
              CARGO_PROFILE_DEV_DEBUG=0 cargo build --locked; target/debug/attend --version'
}

# The package around a release build, and the same package under the next version.
build_deb() {
    local program=${ATTEND:-}
    [ -n "$program" ] || { cargo build --release --locked; program=${CARGO_TARGET_DIR:-target}/release/attend; }
    mkdir -p "$work/target/release"
    strip -o "$work/target/release/attend" "$program"
    CARGO_TARGET_DIR=$work/target cargo deb --no-build --no-strip --fast --output "$root/srv/attend.deb"
    dpkg-deb -R "$root/srv/attend.deb" "$work/next"
    sed -i 's/^Version: .*/Version: 99.0-1/' "$work/next/DEBIAN/control"
    dpkg-deb -Zgzip -b "$work/next" "$root/srv/next.deb"
    chmod 644 "$root"/srv/*.deb
}

clean_lint() {
    lintian --fail-on error,warning "$root/srv/attend.deb"
}

TIMERS="attend-schedule.timer attend-nightly.timer attend-health.timer attend-summary.timer"

install() {
    machine apt-get update -qq
    machine apt-get install -y --no-install-recommends systemd /srv/attend.deb
    # shellcheck disable=SC2016  # expanded by the shell in there
    machine sh -euc 'attend --version; id attend; test "$(stat -c %U:%a /var/lib/attend)" = attend:700
        ! ls /etc/systemd/system/timers.target.wants/attend-* 2>/dev/null
        setpriv --reuid attend --regid attend --clear-groups attend --db /var/lib/attend/school.db init --timezone Asia/Baghdad
        setpriv --reuid attend --regid attend --clear-groups attend --db /var/lib/attend/school.db student add S1 "Ada Karim"'
    # shellcheck disable=SC2086
    machine systemctl enable $TIMERS
}

# The register is there with its student, and the timers are enabled.
intact() { machine sh -euc 'attend --db /var/lib/attend/school.db student list --format csv | grep "Ada Karim"'; }
enabled() { machine sh -euc "for timer in $TIMERS; do test -L /etc/systemd/system/timers.target.wants/\$timer; done"; }

upgrade() {
    machine apt-get install -y --no-install-recommends /srv/next.deb
    machine dpkg-query -W attend | grep 99.0-1
    intact
    enabled
    machine apt-get install -y --no-install-recommends --allow-downgrades /srv/attend.deb
    intact
    enabled
}

remove() {
    machine apt-get remove -y attend
    machine sh -euc '! test -e /usr/bin/attend; test -s /var/lib/attend/school.db'
    machine apt-get install -y --no-install-recommends /srv/attend.deb
    intact
}

purge() {
    machine apt-get purge -y attend
    machine sh -euc '! test -e /usr/bin/attend; ! ls /usr/lib/systemd/system/attend* 2>/dev/null
        ! find /etc/systemd/system -name "attend*" | grep .
        test -s /var/lib/attend/school.db'
}

if [ ! -x "$root/usr/bin/gcc" ]; then
    step "a minimal Debian with a C compiler, git and Python" bare_debian
fi
equip
if wanted quickstart || wanted tests; then
    step "git clone" clone
    step "examples/quickstart.sh, with downloads" stranger 'cd attend; examples/quickstart.sh; examples/quickstart.sh | grep "Okafor, Chidi"'
fi
if wanted tests; then
    step "cargo test --locked" stranger 'cd attend; cargo test --locked'
    grep "^test result" "$work/said"
fi
if wanted packaged; then
    step "cargo build from the packaged files alone" packaged
fi
if wanted package; then
    step "the Debian package" build_deb
    step "lintian" clean_lint
    step "installs, with its dependencies" install
    step "upgrades, and downgrades" upgrade
    step "is removed, and installed again" remove
    step "is purged, and leaves the register" purge
fi
echo "The bare machine is content."
