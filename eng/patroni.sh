# Installs Patroni and etcd for the tests of eng/ha.sh and eng/test.sh, and removes what a test that was cut off has left running.
# Sourced by them. The tests start every process themselves, on loopback, as the user that PostgreSQL's package made.

. eng/postgres.sh

has_patroni() {
    command -v patroni > /dev/null && command -v etcd > /dev/null && [ -n "$(postgres_bin)" ]
}

install_patroni() {
    if [ "$(id -u)" != 0 ]; then
        echo "The test of the database's high availability starts processes as the user postgres, and has to be run by root." >&2
        exit 1
    fi

    install_postgres
    has_patroni && return

    # The packages would start an etcd at once and at every boot. Debian's way to say no is this file, where there is none already.
    local policy=/usr/sbin/policy-rc.d
    local ours=
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' > "$policy"
        chmod 755 "$policy"
        ours=$policy
    fi

    local status=0
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends patroni etcd-server > /dev/null; } || status=$?
    [ -z "$ours" ] || rm -f "$ours"
    if [ "$status" = 0 ] && command -v systemctl > /dev/null; then
        systemctl --quiet disable etcd.service patroni.service 2> /dev/null || true
    fi

    return "$status"
}

# Tells the tests to run, and where.
prepare_patroni() {
    patroni_folder=$(mktemp -d)
    chmod 755 "$patroni_folder"
    export TMPDIR="$patroni_folder" GUILDHALL_HA=1
}

# The processes of the nodes work in their folders, so a test that was killed has left those that do.
clean_patroni() {
    local at
    for at in $(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$patroni_folder/*" 2> /dev/null); do
        kill -KILL "$(basename "$(dirname "$at")")" 2> /dev/null || true
    done
    rm -rf "$patroni_folder"
}
