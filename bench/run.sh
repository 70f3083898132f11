#!/usr/bin/env bash
# Measures everything and writes bench/results.md. `bench/run.sh --quick` is one short round.
set -eu
cd "$(dirname "$0")/.."
exec .venv/bin/python -m bench.run "$@"
