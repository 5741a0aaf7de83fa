# The targets, each with its line in `make help`.
.DEFAULT_GOAL := help
.PHONY: help run check test fuzz ha bench publish

# What `make run` hands to the demo, such as ARGS="--urls http://127.0.0.1:9000".
ARGS ?=

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

run: eng/sdk ## Build and start the demo; Ctrl+C stops it (ARGS="--urls http://127.0.0.1:9000")
	@dotnet build src/Guildhall --configuration Release --verbosity quiet --nologo
	@exec dotnet artifacts/bin/Guildhall/release/guildhall.dll demo $(ARGS)

check: eng/sdk ## Build everything and verify the formatting
	@eng/check.sh

test: eng/sdk ## Check, then run every test on SQLite and PostgreSQL; installs what is missing when root
	@eng/test.sh

fuzz: eng/sdk ## Read made-up inputs until one does harm (ARGS="--target profile --minutes 10"; a minute for each target by default)
	@dotnet build tests/Guildhall.Tests --configuration Release --verbosity quiet --nologo
	@dotnet artifacts/bin/Guildhall.Tests/release/Guildhall.Tests.dll fuzz $(ARGS)

ha: eng/sdk ## Kill the primary of a Patroni cluster under load, again and again; root installs what is missing
	@eng/ha.sh $(ARGS)

publish: eng/sdk ## Make artifacts/publish: the service, compiled ahead, for a machine with the .NET runtime
	@rm -rf artifacts/publish
	@dotnet publish src/Guildhall --configuration Release --verbosity quiet --nologo --output artifacts/publish

bench: eng/sdk ## Measure beside yardsticks, on SQLite and PostgreSQL (ARGS="--only list --rounds 3"; ARGS=--help)
	@eng/bench.sh $(ARGS)

.PHONY: eng/sdk
eng/sdk:
	@command -v dotnet >/dev/null || { echo "The .NET 10 SDK is missing. Install it from https://dotnet.microsoft.com/download/dotnet/10.0" >&2; exit 1; }
