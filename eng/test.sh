#!/usr/bin/env bash
# Checks the code, then runs every test on SQLite and on a PostgreSQL of its own. Ends with the runner's totals.
# GUILDHALL_TEST_POSTGRES, when set, names a PostgreSQL to use instead.
set -euo pipefail
cd "$(dirname "$0")/.."

results="$PWD/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"

eng/check.sh

if [ -z "${GUILDHALL_TEST_POSTGRES:-}" ]; then
    . eng/postgres.sh
    start_postgres
    trap stop_postgres EXIT
fi

# CI=true: a test that finds no PostgreSQL fails, and is not skipped.
CI=true dotnet artifacts/bin/Guildhall.Tests/release/Guildhall.Tests.dll -noLogo -noColor -xml "$results/tests.xml" "$@"
