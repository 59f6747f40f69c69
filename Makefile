# What a developer types. A bare Debian 12 with python3, python3-venv, make and git is enough.
PYTHON ?= python3
PORT ?= 8000
VAR ?= var
BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
PEERS := bench/peers/node_modules/.package-lock.json
BENCHES := route prove take_next_case answer_roundtrip quota import_sample export board

.PHONY: help setup dev demo test lint types bench bench-peers db vendor lock
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*##/\t/' | sort

setup: $(RUN)  ## the virtual environment in .venv, as locked

dev: $(DEV)  ## the same with the developers' tools

demo: $(RUN)  ## a whole survey on http://127.0.0.1:8000 (PORT=8123 VAR=/folder move it)
	@CATI_VAR=$(VAR) PORT=$(PORT) $(BIN)/cati demo

test: $(DEV)  ## every test; those whose system package is missing are skipped by name
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: $(DEV)  ## style, types, layers, no address in the locks
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	$(BIN)/lint-imports
	! grep -nE '^[^"]*[a-z]+://|"resolved"' requirements.lock requirements-dev.lock bench/peers/package-lock.json

types: $(DEV)  ## types alone
	$(BIN)/mypy

bench: $(DEV)  ## every measure of bench/, one line a bar
	@failed=0; for bench in $(BENCHES); do $(BIN)/python -m bench.$$bench --json || failed=1; done; exit $$failed

bench-peers: $(DEV) $(PEERS)  ## our routes beside SurveyJS's and getodk's, on the same forms (needs node and npm)
	$(BIN)/python -m bench.peers

db: $(RUN)  ## the database alone, ready and left running (cati db stop ends it)
	@CATI_VAR=$(VAR) $(BIN)/cati db setup && CATI_VAR=$(VAR) $(BIN)/cati db start

vendor: $(DEV)  ## htmx and uPlot again, checked against their sha256
	$(BIN)/python tools/vendor.py

lock: $(DEV)  ## both lock files again, from pyproject.toml
	$(BIN)/uv pip compile -q pyproject.toml --universal --generate-hashes --no-header --extra build -o requirements.lock
	$(BIN)/uv pip compile -q pyproject.toml --universal --generate-hashes --no-header --extra build --extra dev -o requirements-dev.lock

$(PEERS): bench/peers/package-lock.json
	@command -v npm >/dev/null || { echo "bench-peers: npm is not on this machine; install Node.js 20.19 or later, with npm" >&2; exit 1; }
	cd bench/peers && npm ci --no-fund --no-audit && touch node_modules/.package-lock.json

$(RUN): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e . && touch $@

$(DEV): requirements-dev.lock $(RUN)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock && touch $@
