# Each target sets up what it needs, and no more. Nothing is kept outside this folder.
.DELETE_ON_ERROR:
.SUFFIXES:
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CURDIR)/$(VENV)/cache/jsii
export CDK_DISABLE_NOTICES := 1
export CDK_DISABLE_VERSION_CHECK := 1

.PHONY: help demo test test-browser test-all check coverage synth docs bench lock setup setup-ml setup-genai setup-dev setup-browser clean

help: ## what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup-genai ## from nothing to a prediction in production, on the embedded AWS
	@$(BIN)/fmops demo

test: setup-dev ## all fast tests and one full cycle per journey
	@$(BIN)/python -m pytest -m "not browser and not stress"

test-browser: setup-browser ## the tests that drive a real browser
	@$(BIN)/python -m pytest -m browser

test-all: setup-browser ## every test
	@$(BIN)/python -m pytest

check: setup-dev ## ruff, mypy, cloudformation-validate, cfn-lint, cdk-nag
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.check

coverage: setup-dev ## lines and branches that the fast tests run, held to a bar
	@$(BIN)/python -m tests.covered

synth: setup ## write cdk.out
	@$(BIN)/python app.py

docs: $(VENV)/docs ## build the pages into build/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

bench: setup-dev ## print the figures of benchmarks/
	@for file in benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

lock: $(VENV)/uv ## resolve requirements/*.in anew
	@for name in core:requirements ml:requirements-ml dev:requirements-dev browser:requirements-browser docs:requirements-docs; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	    requirements/$${name%%:*}.in -o $${name##*:}.txt || exit 1; done
	@$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 \
	  --no-deps requirements/genai.in -o requirements-genai.txt
	@npm install --package-lock-only --silent
	@npm install --package-lock-only --silent --prefix tests/browser

setup: $(VENV)/core $(VENV)/node
setup-ml: setup $(VENV)/ml
setup-genai: setup-ml $(VENV)/genai
setup-dev: setup-genai $(VENV)/dev
setup-browser: setup-dev $(VENV)/browser

$(VENV)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fmops needs Python 3.11 or later; this is $$($(PYTHON) --version). Install it, or say which with PYTHON=…" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/core: requirements.txt pyproject.toml constructs/pyproject.toml | $(VENV)/uv
	@$(UV) --require-hashes -r requirements.txt
	@$(UV) --no-deps --no-build-isolation -e . -e ./constructs
	@touch $@

$(VENV)/node: package-lock.json | $(VENV)/core
	@npm ci --silent --no-fund --no-audit
	@touch $@

$(VENV)/ml: requirements-ml.txt | $(VENV)/core
	@$(UV) --require-hashes -r requirements-ml.txt
	@touch $@

$(VENV)/genai: requirements-genai.txt | $(VENV)/ml
	@$(UV) --require-hashes --no-deps -r requirements-genai.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt | $(VENV)/ml
	@$(UV) --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/browser: requirements-browser.txt tests/browser/package-lock.json tests/browser/unpack.mjs | $(VENV)/dev
	@$(UV) --require-hashes -r requirements-browser.txt
	@npm ci --silent --no-fund --no-audit --prefix tests/browser
	@rm -rf $(VENV)/chromium && mkdir -p $(VENV)/chromium
	@TMPDIR=$(CURDIR)/$(VENV)/chromium node tests/browser/unpack.mjs
	@touch $@

$(VENV)/docs: requirements-docs.txt | $(VENV)/core
	@$(UV) --require-hashes -r requirements-docs.txt
	@touch $@

clean: ## remove what was made, and the embedded AWS's state
	@-$(BIN)/fmops local down 2>/dev/null
	rm -rf build cdk.out .local-aws
