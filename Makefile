# Everything is set up on first use, inside the project; CONTRIBUTING.md explains the targets.
#   make run                         a development server on http://127.0.0.1:9229
#   make test SKIP="postgres node browser apache nginx ceph"   leave something out by name; the summary says so
PYTHON ?= python3
BIN := .venv/bin
SKIP ?=
ARGS ?=

.PHONY: help run test test-quick check format generate docs bench soak lock clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

run: ## start a development server (ARGS="--port 9229")
	@$(PYTHON) tools/setup.py runtime
	@exec $(BIN)/poolkeep serve --dev $(ARGS)

test: ## all checks and all tests
	@$(PYTHON) tools/setup.py test --skip "$(SKIP)"
	@exec $(BIN)/python tools/verify.py test --skip "$(SKIP)" $(ARGS)

test-quick: ## the checks, and the tests that need nothing but Python
	@$(PYTHON) tools/setup.py dev
	@exec $(BIN)/python tools/verify.py quick $(ARGS)

check: ## lint, format, types, import contracts, generated files
	@$(PYTHON) tools/setup.py dev
	@exec $(BIN)/python tools/verify.py check

format: ## rewrite the sources in the one format
	@$(PYTHON) tools/setup.py dev
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

generate: ## write the wire layer and the reference pages anew
	@$(PYTHON) tools/setup.py dev
	$(BIN)/python tools/generate_wire.py
	$(BIN)/python tools/generate_docs.py

docs: ## write the reference pages and build the site into site/
	@$(PYTHON) tools/setup.py docs
	$(BIN)/python tools/generate_docs.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: ## measure, and write docs/benchmarks.md
	@$(PYTHON) tools/setup.py test --skip "node-lambda apache nginx ceph $(SKIP)"
	$(BIN)/python -m bench $(ARGS)

soak: ## the long runs; hours, never in CI
	@$(PYTHON) tools/setup.py test --skip "$(SKIP)"
	@exec $(BIN)/python tools/verify.py soak --skip "$(SKIP)" $(ARGS)

lock: ## resolve the dependencies anew, with hashes and without hosts
	@$(PYTHON) tools/setup.py dev
	$(BIN)/python tools/lock.py

clean: ## remove what was set up and generated on this machine
	rm -rf .venv .tools site dist tests/sdk/node/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
