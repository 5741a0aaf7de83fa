# Starts a PostgreSQL for tests, in a temporary folder, on a free port of loopback, and removes it again.
# Sourced by eng/test.sh. PostgreSQL refuses to run as root; then it runs as the user that its package made.

postgres_bin() {
    ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1
}

as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

install_postgres() {
    [ -n "$(postgres_bin)" ] && return
    if [ "$(id -u)" != 0 ]; then
        echo "The tests need PostgreSQL. Install it (on Debian: apt-get install postgresql), or name one in GUILDHALL_TEST_POSTGRES." >&2
        exit 1
    fi

    # The package would start a cluster of its own; the tests want none but theirs.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.d/guildhall-tests.conf
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql > /dev/null
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# The argument says whether commits wait for the disk: on for measuring, off (the default) for tests.
start_postgres() {
    install_postgres
    postgres_folder=$(mktemp -d)
    [ "$(id -u)" = 0 ] && chown postgres "$postgres_folder"
    local bin port
    bin=$(postgres_bin)
    port=$(free_port)
    as_postgres "$bin/initdb" --pgdata="$postgres_folder/data" --username=guildhall --auth=trust --encoding=UTF8 --locale=C --no-sync > "$postgres_folder/initdb.log"
    as_postgres "$bin/pg_ctl" --pgdata="$postgres_folder/data" --log="$postgres_folder/log" --wait --silent \
        --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c fsync=${1:-off} -c max_connections=300" start
    export GUILDHALL_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=guildhall;Database=postgres"
}

stop_postgres() {
    as_postgres "$(postgres_bin)/pg_ctl" --pgdata="$postgres_folder/data" --mode=immediate --silent stop || true
    rm -rf "$postgres_folder"
}
