# `make run` starts the exchange on http://localhost:8000; `make test` is everything that CI runs.
# Needs python3 (3.11 or newer) with venv, git and make; with gcc and python3-dev the compiled core is built.

PYTHON ?= python3
PORT ?= 8000
DATA ?= ./data

VENV := .venv
BIN := $(VENV)/bin
CORE := src/outcry/engine/core/compiled
CODEC := src/outcry/codec
OTHERS := $(addprefix src/outcry/,ledger/compiled adapters/compiled gateway/binance/compiled)
COMPILED_SOURCES := $(wildcard $(addprefix $(CORE)/*.,pyx pxd pxi h) $(CODEC)/*.pyx $(foreach room,$(OTHERS),$(addprefix $(room)/*.,pyx pxi h)))
SITE := src/outcry/gateway/web/site/index.html
WEB_SOURCES := $(shell find web -name node_modules -prune -o -type f -print)
UV := $(BIN)/uv --quiet

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_LINK_MODE ?= copy
ifdef CI
export NO_COLOR := 1
export UV_NO_PROGRESS := 1
export PIP_NO_INPUT := 1
export PYTHONUNBUFFERED := 1
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

.PHONY: setup
setup: $(VENV)/.installed $(SITE) ## Create .venv with the outcry command in it, build the web trader

$(VENV)/.uv: requirements/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Outcry needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.synced: $(VENV)/.uv requirements/dev.txt
	$(UV) pip sync --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@

# An object older than this build was left by an earlier one: the compiler is gone or refused.
$(VENV)/.installed: $(VENV)/.synced pyproject.toml setup.py requirements/runtime.in $(COMPILED_SOURCES)
	@touch $(VENV)/.building
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e .
	@find $(CORE) $(CODEC) $(OTHERS) -name '*.so' ! -newer $(VENV)/.building -delete 2>/dev/null || true
	@ls $(CORE)/core.*.so >/dev/null 2>&1 && echo 'core: compiled' || echo 'core: reference (no compiled core was built)'
	@touch $@

# Where it cannot be built the venue runs all the same, and its front page says why there is none.
$(SITE): $(VENV)/.node $(WEB_SOURCES)
	@$(BIN)/python -m tools.web && touch $@ || echo 'the venue runs without it; its API is served'

$(VENV)/.node: $(VENV)/.synced requirements/node.txt
	@$(BIN)/python -m tools.web --has-node 2>/dev/null || \
		$(UV) pip install --python $(BIN)/python --require-hashes -r requirements/node.txt
	@touch $@

.PHONY: web
web: $(SITE) ## Build the web trader

.PHONY: run
run: setup ## Start the demo venue on http://localhost:8000
	$(BIN)/outcry up --demo --data $(DATA) --port $(PORT)

.PHONY: check
check: setup ## Lint, format, types, layers, dangerous calls, tidy
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint types
	$(BIN)/bandit -q -c pyproject.toml -r src tools setup.py
	$(BIN)/python -m tools.tidy

.PHONY: types
types: setup
	$(BIN)/mypy

.PHONY: lint
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m tools.web --check

.PHONY: debian
debian: ## Install what the tests need of Debian, where it is missing (as root)
	@missing=$$(sed 's/ *#.*//' requirements/debian.txt | while read -r name; do \
		[ -z "$$name" ] || dpkg -s "$$name" >/dev/null 2>&1 || echo "$$name"; done); \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ]; then \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends $$missing >/dev/null; \
	elif [ -n "$$missing" ]; then echo "some tests will be skipped, they need:" $$missing; fi

# What looks at times and at memory has the machine for itself.
WATCHED := $(addprefix tests/e2e/,web/test_smooth.py test_http_abuse.py test_soak.py \
	test_subscribers.py)
TOGETHER := tests $(addprefix --ignore ,$(WATCHED))
PYTEST := $(BIN)/python -m pytest -p tools.skips
# Three for two cores: tests often wait for servers, browsers and disks.
WORKERS := $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 )))

# What else `check` looks at, types above all, are tests too.
.PHONY: test
test: export SCOREBOARD_RUN := $(shell date +%s)
test: lint debian ## Everything CI runs
	@failed=0; \
	$(PYTEST) -m 'not soak and not bench' -n $(WORKERS) --dist worksteal $(TOGETHER) || failed=1; \
	$(PYTEST) -m 'not soak and not bench' $(WATCHED) || failed=1; \
	exit $$failed

.PHONY: soak
soak: setup debian ## The many seeds, the long runs and the fuzzing
	$(PYTEST) -m soak --timeout 7200

.PHONY: acceptance
acceptance: setup ## Every client of docs/guide/clients.md, each for SECONDS; HUMMINGBOT=1 compiles one more
	ACCEPTANCE_SECONDS=$(or $(SECONDS),600) $(BIN)/python -m pytest tests/acceptance --timeout 7200

.PHONY: simulate
simulate: setup ## Play the simulation of one seed, or of COUNT from SEED on
	$(BIN)/python -m tests.simulation.run $(or $(SEED),0) $(or $(COUNT),1)

.PHONY: screens
screens: setup debian ## Take the pictures of docs/screens/
	SCREENS=docs/screens $(PYTEST) -m soak tests/e2e/web/test_screens.py tests/e2e/web/test_admin_screens.py

.PHONY: bench
bench: setup ## Measure and write bench/results.md
	@if [ -f bench/run.sh ]; then bash bench/run.sh; else for f in bench/*.py; do echo "== $$f"; $(BIN)/python "$$f"; done; fi

.PHONY: format
format: setup ## Put the source into its usual form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

CLIENTS := binance-connector binance-sdk-spot ccxt freqtrade hummingbot nautilus python-binance
COMPILE := UV_CUSTOM_COMPILE_COMMAND='make lock' ../$(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--no-emit-index-url --python-version 3.11 $(if $(UPGRADE),--upgrade)

.PHONY: lock
lock: $(VENV)/.uv ## Renew the lock files; UPGRADE=1 takes newer versions
	cd requirements && $(COMPILE) runtime.in -o runtime.txt
	cd requirements && $(COMPILE) dev.in -o dev.txt
	cd requirements && $(COMPILE) --no-annotate --constraints dev.txt uv.in -o uv.txt
	cd requirements && $(COMPILE) --no-annotate node.in -o node.txt
	cd requirements && for name in $(CLIENTS); do $(COMPILE) --no-annotate clients/$$name.in -o clients/$$name.txt; done
	cd requirements && $(COMPILE) --no-annotate --no-deps clients/hummingbot-alone.in -o clients/hummingbot-alone.txt

.PHONY: release
release: setup ## Make a release of this commit in dist/; KEY=file signs it, ADVISORIES=folder checks the lock
	$(BIN)/python -m tools.release $(if $(KEY),--key '$(KEY)') $(if $(ADVISORIES),--advisories '$(ADVISORIES)')

.PHONY: clean
clean: ## Remove everything that was made
	rm -rf $(VENV) build dist web/node_modules $(dir $(SITE)) src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -f $(addprefix $(CORE)/core.,c html) $(CODEC)/compiled.c $(addsuffix /*.c,$(OTHERS)) $(addsuffix /*.so,$(CORE) $(CODEC) $(OTHERS))
	find src tests tools bench -name __pycache__ -type d -exec rm -rf {} + 2>/dev/null || true
