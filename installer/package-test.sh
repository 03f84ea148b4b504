#!/bin/sh
# Installs the Debian package in a new root without a network, works with it as a plain user, upgrades it from
# an older version with its workspace, and removes it. Run as root, after `make deb`; needs debootstrap.
# Usage: [SUITE=trixie] package-test.sh [FILE.deb] [ROOT]. A root that is there already is used again.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
package=${1:-$(ls "$here"/dist/negatoscope_*.deb)}
root=${2:-$here/build/clean-root}
say() { echo "package-test: $*"; }
fail() { say "FAILED: $*"; exit 1; }

if [ ! -x "$root/usr/bin/dpkg" ]; then
    say "making a root with the distribution's own packages"
    debootstrap --variant=minbase "${SUITE:-bookworm}" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1
fi
# What the package depends on, and a screen to show the window on, come from the distribution; only this
# step has a network.
needed=$(dpkg-deb --field "$package" Depends | sed 's/([^)]*)//g; s/,/ /g')
cp /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get update -qq
# shellcheck disable=SC2086
chroot "$root" apt-get install -y -qq --no-install-recommends $needed xvfb x11-utils >"$root.log" 2>&1
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
mountpoint -q "$root/dev" || mount --rbind /dev "$root/dev"
trap 'umount -l "$root/proc" "$root/dev" 2>/dev/null || true' EXIT
chroot "$root" useradd -m reader 2>/dev/null || true

alone() { unshare --net chroot "$root" "$@"; }
reader() {
    unshare --net chroot --userspec=reader:reader "$root" \
        env -i HOME=/home/reader LANG=C.UTF-8 PATH=/usr/bin:/bin "$@"
}
secret() { reader sh -c "$1 --passphrase-fd 3 3</home/reader/passphrase"; }

say "an older version, made of the same files"
old=$(mktemp -d)
dpkg-deb --raw-extract "$package" "$old/tree"
sed -i 's/^Version: .*/Version: 0.0.1/' "$old/tree/DEBIAN/control"
dpkg-deb -Znone --root-owner-group --build "$old/tree" "$root/old.deb" >/dev/null
rm -r "$old"
cp "$package" "$root/new.deb"

say "install without a network"
alone dpkg --purge negatoscope 2>/dev/null || true
rm -rf "$root/home/reader/.local" "$root/home/reader/out"
alone dpkg -i /old.deb >"$root.log"
[ "$(alone dpkg-query -W -f '${Version}' negatoscope)" = 0.0.1 ] || fail "the older version is not installed"
reader negatoscope --version
reader negatoscope verify-model

say "a workspace: draft, PDF, signature"
reader sh -c 'mkdir -p /home/reader/out && echo "five words of a sentence" >/home/reader/passphrase'
film=/opt/negatoscope/_internal/resources/demo/nunez-2026-03-18.dcm
secret "negatoscope draft $film --user 'Dr Ada Byron' --pdf /home/reader/out/draft.pdf --json" >"$root.log"
head -c 5 "$root/home/reader/out/draft.pdf" | grep -q '%PDF' || fail "no PDF was written"
report=$(secret "negatoscope reports list" | head -1 | cut -d' ' -f1)
secret "echo 'Follow-up in two weeks.' | negatoscope reports review $report --accept 1 --reject 2 3 --confirm 1 --add impression" >"$root.log"
secret "negatoscope reports sign $report" | head -1

say "the window"
reader sh -c 'Xvfb :77 -screen 0 1920x1080x24 >/dev/null 2>&1 & screen=$!
    DISPLAY=:77 negatoscope --demo >/home/reader/out/window.log 2>&1 & window=$!
    for _ in $(seq 60); do
        sleep 1
        DISPLAY=:77 xwininfo -root -tree 2>/dev/null | grep -q "DEMO\|Negatoscope" && shown=yes && break
    done
    sleep 3; kill $window $screen; [ "${shown:-no}" = yes ]' || fail "no window was shown in a minute"

say "upgrade, with the workspace kept"
alone dpkg -i /new.deb >"$root.log"
secret "negatoscope verify-db" | tail -1
secret "negatoscope reports list" | grep -q "$report" || fail "the report is not there after the upgrade"

say "remove and purge"
alone dpkg --purge negatoscope >"$root.log"
[ ! -e "$root/opt/negatoscope/negatoscope" ] || fail "the program is still there"
[ -e "$root/home/reader/.local/share/Negatoscope/workspace/workspace.db" ] || fail "the workspace is gone"
say "passed"
