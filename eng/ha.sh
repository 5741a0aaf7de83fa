#!/usr/bin/env bash
# Kills the primary of a Patroni cluster under load, with the configuration of deploy/patroni: make ha. What it saw is in artifacts/ha.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build tests/Guildhall.Tests --configuration Release --verbosity quiet --nologo

. eng/patroni.sh
install_patroni
prepare_patroni
trap clean_patroni EXIT
dotnet artifacts/bin/Guildhall.Tests/release/Guildhall.Tests.dll -noLogo -noColor -showLiveOutput -class Guildhall.Tests.HighAvailability.HighAvailabilityTests "$@"
cat artifacts/ha/failovers.txt
