# The one list of what can be done here. `make` alone prints it.

VENV ?= .venv
N ?= 200
SEED ?=
ONLY ?=
LAB ?=
DEMO ?= .demo
IMAGE ?= localhost/tidegate:dev
ENGINE ?= $(shell command -v podman || command -v docker)
BUILD ?=
BIN = $(VENV)/bin
SHELL_FILES = .ci/run .ci/setup .ci/lock .ci/release .ci/e2e tests/lab/boot.sh src/tidegate/drivers/examine.sh
SUITES = tests/unit tests/spec tests/contract tests/acceptance tests/docs

.PHONY: help setup demo test check fix kills lab e2e bench image docs lock clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile

demo: ## play the whole journey on 24 local devices, in under a minute (DEMO=folder)
	@VENV="$(VENV)" PYTHON="$(PYTHON)" .ci/setup runtime
	@$(BIN)/tidegate demo --in "$(DEMO)"

test: setup ## unit, spec, contract, acceptance, docs: needs no network once set up; says what it skipped and why
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(SUITES)

check: setup ## format, lint, types, layers, shell, spelling, workflows, docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/shellcheck $(SHELL_FILES)
	cat src/tidegate/drivers/device/inside/*.sh src/tidegate/drivers/device/*.sh | $(BIN)/shellcheck -
	$(BIN)/typos
	$(BIN)/zizmor --offline --quiet --no-progress .
	@PATH="$$PATH:.tools"; if command -v actionlint >/dev/null; then actionlint; else echo "skipped: actionlint is not on PATH; .ci/run has it"; fi
	@if command -v opa >/dev/null; then opa check --strict policies && opa fmt --fail --list policies; \
	else echo "opa is not on PATH: policies are not linted"; fi
	$(BIN)/python docs/build.py --check

fix: setup ## mend what can be mended: format, lint, generated docs
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python docs/build.py

kills: setup ## kill rollouts at random moments and resume them (N=200 SEED=n)
	@set -- --n "$(N)"; [ -z "$(SEED)" ] || set -- "$$@" --seed "$(SEED)"; $(BIN)/python tests/kills/run.py "$$@"

lab: setup ## boot real machines with systemd and put them through the worst; root, debootstrap, a minute or two
	@$(BIN)/python -m pytest $(LAB) tests/lab

e2e: setup ## run the written workflows by act, in containers, against a fleet of them; needs a container engine
	@VENV="$(VENV)" .ci/e2e

bench: setup ## measure, compare with peers and bars, write benchmarks/results/latest.json (ONLY=name)
	@$(BIN)/python benchmarks/run.py $(ONLY)

image: ## build the action's image with podman or docker (IMAGE=name BUILD="--network=host ...")
	$(ENGINE) build $(BUILD) --tag "$(IMAGE)" .

docs: setup ## write docs/reference from the code
	$(BIN)/python docs/build.py

setup: ## make the virtual environment from the lock files (PYTHON=python3.13 VENV=.venv-3.13)
	@VENV="$(VENV)" PYTHON="$(PYTHON)" .ci/setup dev

lock: ## write requirements/*.lock anew from pyproject.toml (needs uv)
	@.ci/lock

clean: ## remove what was made: environments, caches, results, the demo's folder
	rm -rf .venv .venv-* .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf dist build .coverage benchmarks/results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
