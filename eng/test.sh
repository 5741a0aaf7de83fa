#!/usr/bin/env bash
# Checks the code, then runs every test on SQLite and on a PostgreSQL of its own. Ends with the runner's totals.
# GUILDHALL_TEST_POSTGRES, when set, names a PostgreSQL to use instead. GUILDHALL_HA=1 also kills the primary of a Patroni cluster, as root;
# that takes two to four minutes more, so it has a target of its own: make ha.
set -euo pipefail
cd "$(dirname "$0")/.."

results="$PWD/artifacts/test-results"
rm -rf "$results"
mkdir -p "$results"

eng/check.sh

. eng/browser.sh
install_browser

. eng/patroni.sh
clean() {
    [ -z "${patroni_folder:-}" ] || clean_patroni
    [ -z "${postgres_folder:-}" ] || stop_postgres
}
trap clean EXIT

if [ -z "${GUILDHALL_TEST_POSTGRES:-}" ]; then
    start_postgres
fi

# One test signs with a key in SoftHSM; it is skipped where that is not installed.
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null && ! { command -v pkcs11-tool && command -v softhsm2-util; } > /dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends softhsm2 opensc > /dev/null || echo "softhsm2 and opensc could not be installed; the test that needs them is skipped." >&2
fi

if [ "${GUILDHALL_HA:-}" = 1 ]; then
    install_patroni
    prepare_patroni
fi

# CI=true: a test that finds no PostgreSQL or no browser fails, and is not skipped.
CI=true dotnet artifacts/bin/Guildhall.Tests/release/Guildhall.Tests.dll -noLogo -noColor -xml "$results/tests.xml" "$@"
