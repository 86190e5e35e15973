#!/bin/sh
# Makes what people install, installs it in clean places, and says what it checked.
#
#     dist/package.sh                                  # for this kind of machine
#     dist/package.sh aarch64-unknown-linux-gnu        # for another one: built, not tried
#
# Into target/dist: a Python wheel that carries the program (`pip install gander-*.whl`), a plain archive, and on x86-64 and
# arm64 a Debian package. Linked by zig against glibc 2.17, so that it runs on clusters of 2014 and later; for
# x86_64-unknown-linux-musl it needs no glibc at all. The standard library of another target comes from
# `rustup target add TARGET`.
#
# Needs cargo, python3 with venv, and dpkg-deb; to try the Debian package also debootstrap and root.
set -eu
cd "$(dirname "$0")/.."

native=x86_64-unknown-linux-gnu
target=${1:-$native}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
out=target/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '%s\n' "package.sh: $*"; }

if ! rustc --print target-libdir --target "$target" 2>/dev/null | xargs -r ls >/dev/null 2>&1; then
    say "there is no standard library for $target; get it with: rustup target add $target"
    exit 1
fi
case $target in
    x86_64-*) debian=amd64 ;;
    aarch64-*) debian=arm64 ;;
    *) debian= ;;
esac
case $target in
    *-musl) compatible=musllinux_1_1 ;;
    *) compatible=manylinux2014 ;;
esac

say "building $version for $target"
# The tools stay where they are: from another folder everything would be built again.
tools=$PWD/$out/tools
[ -d "$tools" ] || python3 -m venv "$tools"
"$tools/bin/pip" install --quiet maturin ziglang
rm -rf "${out:?}/$target"
mkdir -p "$out/$target"
PATH="$tools/bin:$PATH" maturin build --release --locked --zig --bindings bin --target "$target" --compatibility "$compatible" \
    --out "$out/$target"
wheel=$(ls "$out/$target"/*.whl)
python3 -m zipfile -e "$wheel" "$work/wheel"
binary=$(find "$work/wheel" -path '*/scripts/gander')
chmod 755 "$binary"
say "wheel: $wheel, $(($(wc -c <"$wheel") >> 20)) MiB; the program alone $(($(wc -c <"$binary") >> 20)) MiB"

# The archive: the program with its manual, completions, licences and the sample run.
name=gander-$version-$target
mkdir -p "$work/$name/completions" "$work/$name/sample_runs"
cp "$binary" README.md CHANGELOG.md LICENSE* "$work/$name/"
cp sample_runs/README.md sample_runs/geese_*.jsonl "$work/$name/sample_runs/"
runs=no
if [ "$target" = "$native" ] && [ "$(uname -sm)" = "Linux x86_64" ]; then
    runs=yes
    "$binary" man >"$work/$name/gander.1"
    for shell in bash zsh fish; do "$binary" completions $shell >"$work/$name/completions/gander.$shell"; done
fi
tar -C "$work" --owner=0 --group=0 -czf "$out/$target/$name.tar.gz" "$name"
say "archive: $out/$target/$name.tar.gz"

if [ -n "$debian" ] && command -v dpkg-deb >/dev/null; then
    tree=$work/deb
    mkdir -p "$tree/DEBIAN" "$tree/usr/bin" "$tree/usr/share/doc/gander/sample_runs" "$tree/usr/share/man/man1" \
        "$tree/usr/share/bash-completion/completions" "$tree/usr/share/zsh/vendor-completions" \
        "$tree/usr/share/fish/vendor_completions.d"
    cp "$binary" "$tree/usr/bin/gander"
    cp "$work/$name/sample_runs/"* "$tree/usr/share/doc/gander/sample_runs/"
    cp README.md CHANGELOG.md "$tree/usr/share/doc/gander/"
    cat LICENSE* >"$tree/usr/share/doc/gander/copyright"
    if [ $runs = yes ]; then
        gzip -9nc "$work/$name/gander.1" >"$tree/usr/share/man/man1/gander.1.gz"
        cp "$work/$name/completions/gander.bash" "$tree/usr/share/bash-completion/completions/gander"
        cp "$work/$name/completions/gander.zsh" "$tree/usr/share/zsh/vendor-completions/_gander"
        cp "$work/$name/completions/gander.fish" "$tree/usr/share/fish/vendor_completions.d/gander.fish"
    fi
    find "$tree/usr" -type d -empty -delete
    libc='Depends: libc6 (>= 2.17)'
    case $target in *-musl) libc= ;; esac
    {
        printf '%s\n' "Package: gander" "Version: $version" "Architecture: $debian" "Section: science" "Priority: optional" \
            "Maintainer: the authors of gander <gander@localhost>" "Installed-Size: $(du -sk "$tree/usr" | cut -f1)"
        [ -z "$libc" ] || printf '%s\n' "$libc"
        printf '%s\n' "Description: terminal explorer of the differences between language models" \
            " Shows how a fine-tuned language model differs from the model it came from, by texts" \
            " sampled from both: clusters, differences with tests, the texts themselves."
    } >"$tree/DEBIAN/control"
    deb=$out/$target/gander_${version}_$debian.deb
    dpkg-deb --root-owner-group --build "$tree" "$deb" >/dev/null
    say "Debian package: $deb"
fi

if [ $runs = no ]; then
    say "NOT tried: this machine does not run programs for $target"
    exit 0
fi

# glibc: the newest version of a symbol that the program asks for.
if command -v objdump >/dev/null; then
    needs=$(objdump -T "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1)
    say "checked: the program asks for $needs"
fi
seconds() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", b - a }'; }
now() { date +%s.%N; }
# Opens the explorer on the sample run as the README does, and prints its first screen.
first='gander base.jsonl tuned.jsonl --session first.gander --dump 80x24'
check() { # NAME, then the command that runs a line of shell in the clean place
    place=$1
    shift
    said=$("$@" 'gander --version')
    case $said in "gander $version"*) ;; *) say "FAILED in $place: $said"; exit 1 ;; esac
    start=$(now)
    "$@" "$first" | grep -q differences || { say "FAILED in $place: no differences on the first screen"; exit 1; }
    say "checked in $place: $said; the sample run was open after $(seconds "$start" "$(now)") s, nothing in the cache"
}

python3 -m venv "$work/clean"
"$work/clean/bin/pip" install --quiet --no-index "$wheel"
mkdir "$work/run"
cp sample_runs/geese_base.jsonl "$work/run/base.jsonl"
cp sample_runs/geese_tuned.jsonl "$work/run/tuned.jsonl"
in_venv() { (cd "$work/run" && env -i HOME="$work/run" PATH="$work/clean/bin:/usr/bin:/bin" TERM=xterm LANG=C.UTF-8 sh -c "$1"); }
check "a clean virtual environment (pip)" in_venv

mkdir "$work/plain"
tar -C "$work/plain" -xzf "$out/$target/$name.tar.gz"
rm -rf "$work/run/first.gander" "$work/run/.cache" "$work/run/.local"
in_plain() { (cd "$work/run" && env -i HOME="$work/run" PATH="$work/plain/$name:/usr/bin:/bin" TERM=xterm LANG=C.UTF-8 sh -c "$1"); }
check "an unpacked archive" in_plain

if command -v debootstrap >/dev/null && [ "$(id -u)" = 0 ]; then
    suite=${SUITE:-stable}
    debootstrap --variant=minbase "$suite" "$work/root" ${MIRROR:-} >"$work/debootstrap.log" 2>&1 || {
        tail -3 "$work/debootstrap.log"
        say "NOT tried: the Debian package (debootstrap failed; name a mirror with MIRROR)"
        exit 0
    }
    cp "$deb" "$work/root/tmp/gander.deb"
    cp "$work/run/"*.jsonl "$work/root/root/"
    chroot "$work/root" dpkg -i /tmp/gander.deb >/dev/null
    in_chroot() { chroot "$work/root" env -i HOME=/root PATH=/usr/bin:/bin TERM=xterm LANG=C.UTF-8 sh -c "cd && $1"; }
    check "a clean Debian ($suite, chroot)" in_chroot
else
    say "NOT tried: the Debian package (needs debootstrap, and root)"
fi
