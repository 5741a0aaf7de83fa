#!/usr/bin/env bash
# Builds everything, where a warning is an error, and verifies that dotnet format would change nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet build Guildhall.slnx --configuration Release --verbosity quiet --nologo
dotnet format Guildhall.slnx --verify-no-changes --no-restore
