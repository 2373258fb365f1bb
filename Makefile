# Every target sets up what it needs. `make help` lists them.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup build test engines deep credentials cluster lab bench bench-scan lint fmt check docs site browser lock schema clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(READY) ## make .venv with the locked packages and this one

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

build: $(READY) ## compile policy_specs/ into out/
	$(BIN)/podsec-compile build

test: $(READY) ## everything that needs no Go: meaning, snapshots, properties, bad input
	$(BIN)/python -m pytest -n auto

engines: $(READY) ## build the real engines once into a cache, and let them judge
	$(BIN)/python tests/engines/binaries.py
	$(BIN)/python -m pytest -m "engines and not deep" tests/engines

deep: $(READY) ## the engines' tests that grow with the rules: every kind and operation, witnesses, random objects, mutants
	$(BIN)/python tests/engines/binaries.py
	$(BIN)/python -m pytest -m "engines and deep" tests/engines

lab: $(READY) ## every experiment at full depth with every engine; writes docs/conformance.md
	PYTHONPATH=tests $(BIN)/python tests/engines/lab.py docs/conformance.md

credentials: $(READY) ## how many credentials the rules find, and gitleaks beside them; writes docs/credentials.md
	$(BIN)/python tests/credentials/measure.py docs/credentials.md gitleaks

cluster: $(READY) ## a real API server with the real Gatekeeper and Kyverno; apply every bundle, try to break in
	$(BIN)/python tests/engines/binaries.py cluster
	$(BIN)/python -m pytest -m cluster tests/cluster

bench: $(READY) ## gator bench of the rules, together and each alone, against a floor; writes docs/benchmarks.md
	PYTHONPATH=tests:tests/engines $(BIN)/python benchmarks/admission.py docs/benchmarks.md

bench-scan: $(READY) ## a scan beside gator, Kyverno, kube-score and checkov, and how it grows; writes docs/scan-benchmarks.md
	PYTHONPATH=tests:tests/engines $(BIN)/python benchmarks/scan.py docs/scan-benchmarks.md

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(READY) ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: lint test engines ## what CI runs, before make browser where there is a Chromium

docs: $(READY) ## write docs/rules.md anew
	$(BIN)/python -m podsec_compile.catalogue docs/rules.md

site: $(READY) ## render the catalogue of the rules into site/
	$(BIN)/podsec-compile docs

browser: $(READY) ## the site in headless Chromium: search, filter, widths, console, other hosts; keeps pictures in site-pictures/
	SITE_PICTURES=site-pictures $(BIN)/python -m pytest -m browser tests/website -s

lock: $(READY) ## pin the newest versions of what pyproject.toml asks for
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
		--group dev pyproject.toml --output-file requirements.lock

schema: $(READY) ## make schema.json and fields.pyi anew from Kubernetes' OpenAPI documents
	$(BIN)/python scripts/make_schema.py "$$($(BIN)/python tests/engines/binaries.py openapi)"
	$(BIN)/ruff format podsec_compile/fields.pyi

clean: ## remove .venv and the caches in the checkout
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
