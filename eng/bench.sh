#!/usr/bin/env bash
# Runs the benchmarks on SQLite and on a PostgreSQL of its own that flushes every commit. The argument is the number of rounds.
# GUILDHALL_BENCH_POSTGRES, when set, names a PostgreSQL to use instead.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build benchmarks/Guildhall.Benchmarks --configuration Release --verbosity quiet --nologo

if [ -z "${GUILDHALL_BENCH_POSTGRES:-}" ]; then
    . eng/postgres.sh
    start_postgres on
    trap stop_postgres EXIT
    export GUILDHALL_BENCH_POSTGRES="$GUILDHALL_TEST_POSTGRES"
fi

dotnet artifacts/bin/Guildhall.Benchmarks/release/Guildhall.Benchmarks.dll "$@"
