#!/usr/bin/env bash
# Runs the benchmarks on SQLite and on a PostgreSQL of its own that flushes every commit; --help says how to run parts of them.
# GUILDHALL_BENCH_POSTGRES, when set, names a PostgreSQL to use instead; flushes are not slowed there.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build benchmarks/Guildhall.Benchmarks --configuration Release --verbosity quiet --nologo
dotnet publish src/Guildhall --configuration Release --verbosity quiet --nologo --output artifacts/publish

# Everything that the run leaves on the disk, in a folder that PostgreSQL's user can enter; and who is to be ended with it.
GUILDHALL_BENCH_FOLDER=$(mktemp -d)
export GUILDHALL_BENCH_FOLDER
chmod 755 "$GUILDHALL_BENCH_FOLDER"
touch "$GUILDHALL_BENCH_FOLDER/processes"
finish() {
    # Servers that a benchmark which was itself killed has left; a number may be another process's by now.
    while read -r process; do
        if grep -qsz "^GUILDHALL_BENCH_FOLDER=$GUILDHALL_BENCH_FOLDER$" "/proc/$process/environ"; then
            kill -9 "$process"
        fi
    done < "$GUILDHALL_BENCH_FOLDER/processes"
    if [ -n "${postgres_folder:-}" ]; then
        stop_postgres
    fi
    rm -rf "$GUILDHALL_BENCH_FOLDER"
}
trap finish EXIT

if cc -O2 -Wall -Werror -shared -fPIC -o "$GUILDHALL_BENCH_FOLDER/flush.so" benchmarks/flush.c; then
    head -c 16 /dev/zero > "$GUILDHALL_BENCH_FOLDER/flush.control"
    chmod 666 "$GUILDHALL_BENCH_FOLDER/flush.control"
fi

if [ -z "${GUILDHALL_BENCH_POSTGRES:-}" ]; then
    . eng/postgres.sh
    install_postgres
    if [ -f "$GUILDHALL_BENCH_FOLDER/flush.so" ]; then
        LD_PRELOAD="$GUILDHALL_BENCH_FOLDER/flush.so" FLUSH_CONTROL="$GUILDHALL_BENCH_FOLDER/flush.control" start_postgres on
    else
        start_postgres on
    fi
    export GUILDHALL_BENCH_POSTGRES="$GUILDHALL_TEST_POSTGRES"
fi

# The yardstick of SQLite writes in this process, so its flushes are slowed with those of the servers.
if [ -f "$GUILDHALL_BENCH_FOLDER/flush.so" ]; then
    export LD_PRELOAD="$GUILDHALL_BENCH_FOLDER/flush.so" FLUSH_CONTROL="$GUILDHALL_BENCH_FOLDER/flush.control"
fi
dotnet exec artifacts/bin/Guildhall.Benchmarks/release/Guildhall.Benchmarks.dll "$@"
