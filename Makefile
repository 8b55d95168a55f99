# make serve: set up and serve.   make test: set up and test.   Both are safe to repeat and need no configuration.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT = $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0

.PHONY: help setup setup-dev serve test crash check lint types fidelity fidelity-ask bench fuzz docs constraints fonts system-test clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## create .venv/ with everything Signet needs to run

setup-dev: $(VENV)/.installed-dev ## the same with the tools for tests and checks

# Not bin/python: on Debian without python3-venv that is made before the rest fails.
$(BIN)/pip:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || { \
	package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	command -v apt-get >/dev/null || { echo "$(PYTHON) lacks the module venv; install $$package" >&2; exit 1; }; \
	echo "installing $$package"; $(APT) update && $(APT) install -y $$package >/dev/null && $(PYTHON) -m venv --clear $(VENV); }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.installed

serve: setup fonts ## set up and serve on http://127.0.0.1:8000 (SIGNET_HOST and SIGNET_PORT change that)
	$(BIN)/signet serve --development

FONTS := fonts-noto-cjk fonts-noto-color-emoji

# A picture is only as good as its fonts, but a machine without Debian's packages serves all the same.
fonts: ## Chinese, Japanese, Korean and emoji from Debian, where they can be installed
	@dpkg-query -W -f='$${Status}\n' $(FONTS) 2>/dev/null | grep -c 'install ok installed' | grep -qx 2 \
	|| { command -v apt-get >/dev/null && echo "installing $(FONTS)" && $(APT) update \
	&& $(APT) install -y --no-install-recommends $(FONTS) >/dev/null; } \
	|| echo "without $(FONTS), Chinese, Japanese, Korean and emoji show as boxes" >&2

PACKAGES := nginx libnginx-mod-http-js nodejs openssl varnish postgresql redis-server chromium $(FONTS)

# Debian starts what it installs; the tests start their own, and nothing shall run because of them.
POLICY := /usr/sbin/policy-rc.d

system-test: ## Debian packages that the tests run against: nginx, Node, Varnish, PostgreSQL, Redis, Chromium, fonts
	@command -v apt-get >/dev/null || { echo "no apt-get here: install $(PACKAGES) yourself" >&2; exit 0; }; \
	missing=""; \
	for p in $(PACKAGES); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] || { echo "installing$$missing"; \
	[ -e $(POLICY) ] || { trap '$(SUDO) rm -f $(POLICY)' EXIT; \
	printf '#!/bin/sh\nexit 101\n' | $(SUDO) install -m 755 /dev/stdin $(POLICY); }; \
	$(APT) update && $(APT) install -y --no-install-recommends $$missing >/dev/null; }

test: setup-dev system-test ## set up and run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

CRASH_ROUNDS ?= 20

crash: setup-dev system-test ## kill servers, render processes and databases beneath batches (CRASH_ROUNDS says how often)
	SIGNET_CRASH_ROUNDS=$(CRASH_ROUNDS) $(BIN)/python -m pytest tests/batch_crash

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

bench: setup-dev ## time to the first image, and CPU of a render
	$(BIN)/python -m loadtests.startup
	$(BIN)/python -m loadtests.bench_render

FUZZ_EXAMPLES ?= 20000

fuzz: setup-dev ## render arbitrary documents for half an hour or so (FUZZ_EXAMPLES says how many)
	SIGNET_FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest tests/renderer/test_fuzz.py

docs: setup-dev ## write the parts of the documentation that are made from the source
	$(BIN)/python -m renderer.expressions.reference
	$(BIN)/python -m tests.readme
	$(BIN)/python -m tests.signing.page

constraints: ## pin what a fresh environment gets from pyproject.toml
	rm -rf build/pins && $(PYTHON) -m venv build/pins
	build/pins/bin/python -m pip install --quiet --disable-pip-version-check '.[dev]'
	build/pins/bin/python -m pip freeze --exclude signet-images | LC_ALL=C sort -f > constraints.txt

clean: ## remove what setup and tests made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
