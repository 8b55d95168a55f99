# make serve: set up and serve.   make test: set up and test.   Both are safe to repeat and need no configuration.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT = $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0

.PHONY: help setup setup-dev serve test check lint types fidelity fidelity-ask bench system-test clean

help:
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## create .venv/ with everything Signet needs to run

setup-dev: $(VENV)/.installed-dev ## the same with the tools for tests and checks

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { $(APT) update && $(APT) install -y python3-venv && $(PYTHON) -m venv --clear $(VENV); }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

serve: setup ## set up and serve on http://127.0.0.1:8000 (SIGNET_PORT and SIGNET_HOST change that)
	$(BIN)/signet serve

system-test: ## Debian packages that the tests run against: nginx with njs, Chromium, an emoji font
	@missing=""; \
	for p in nginx libnginx-mod-http-js chromium fonts-noto-color-emoji fonts-noto-cjk; do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; $(APT) update && $(APT) install -y --no-install-recommends $$missing >/dev/null; fi

test: setup-dev system-test ## set up and run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types ## style and types

lint: setup-dev ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup-dev ## mypy, strict
	$(BIN)/mypy

fidelity: setup-dev ## write var/fidelity/index.html: Chromium's stored answers beside Signet's pictures
	$(BIN)/python -m tests.fidelity report

fidelity-ask: setup-dev system-test ## ask Chromium again about all cases
	$(BIN)/python -m tests.fidelity ask

bench: setup-dev ## benchmarks of rendering, origin and edge
	$(BIN)/python -m loadtests

clean: ## remove what setup and tests made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
