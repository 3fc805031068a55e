# The two commands of a new user are `make demo` and `make test`.
# Empty: the first of python3.11, python3.12, python3.13 and python3 that fits.
PYTHON ?=
VENV   ?= .venv
LOCK   ?= envs/requirements-cpu.txt
CORES  ?= 2
STUDY  ?= demo
# Networks of one job, one after another: what they import is imported once. Of those that train, or
# move, fewer, so that there is a job for every core.
PER_JOB ?= 12
PER_TRAINING ?= 6
BATCHES = variants_per_job=$(PER_JOB) variants_per_training=$(PER_TRAINING) variants_at_once=1
BIN    := $(VENV)/bin
# Force fields of others, for tests alone.
MODELS := $(VENV)-models

# More threads than cores slow xTB and PyTorch down by up to a factor of a hundred.
export OMP_NUM_THREADS := 1
export PATH := $(abspath $(BIN)):$(PATH)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install

.PHONY: help env dev demo study plan slurm-profile test test-models test-slurm check format lint lock clean
.DEFAULT_GOAL := help

help: ## Show the targets.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

env: $(VENV)/.env ## Make the virtual environment from the locked requirements.

$(VENV)/.env: $(LOCK) pyproject.toml
	@test -x $(BIN)/python || { python=$$(sh envs/find_python.sh $(PYTHON)) && $$python -m venv $(VENV); }
	@echo "Installing the environment into $(VENV): about three minutes the first time"
	@$(PIP) -r $(LOCK)
	@# SchNetPack 2.2 declares Python 3.12 but works on 3.11: there it comes by itself, its dependencies
	@# being in the lock. Later versions of Python find it in the lock.
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info >= (3, 12))' || exit 0; \
	  $(PIP) --no-deps --ignore-requires-python schnetpack==2.2.0
	@$(PIP) --no-deps --editable .
	@touch $@

dev: $(VENV)/.dev ## Add the tools of developers.

$(VENV)/.dev: $(VENV)/.env envs/requirements-dev.txt
	@$(PIP) -r envs/requirements-dev.txt
	@touch $@

demo: env ## A small real study from data to report, about seven minutes on two free cores.
	@$(MAKE) --no-print-directory study STUDY=demo

study: env ## Run config/$(STUDY).yaml on $(CORES) cores and make its report.
	@$(BIN)/nearsight config check config/$(STUDY).yaml --name $(STUDY)
	$(BIN)/snakemake --cores $(CORES) --configfile config/$(STUDY).yaml --config $(BATCHES)
	$(BIN)/snakemake --configfile config/$(STUDY).yaml --config $(BATCHES) --report results/$(STUDY)/report.html
	$(BIN)/nearsight report results/$(STUDY) --out results/$(STUDY)/page.html
	@echo "Page: results/$(STUDY)/page.html   Report: results/$(STUDY)/report.html   Tables: results/$(STUDY)/tables"

plan: env ## Dry run of the paper study.
	$(BIN)/snakemake --dry-run --quiet rules --configfile config/paper.yaml

slurm-profile: ## Put the profile for SLURM where `snakemake --profile slurm` finds it.
	@bash workflow/profiles/put.sh

test: dev ## All tests but those that need a SLURM.
	$(BIN)/pytest -n $(CORES) --dist loadfile -m "not slurm"

test-models: dev ## The tests with force fields of others (SO3LR, CHGNet), in an environment of their own.
	@$(MAKE) --no-print-directory $(MODELS)/.env \
	  || echo "The force fields of others cannot be installed here: their tests are skipped, and say so"
	@python=$(BIN)/python; if test -e $(MODELS)/.env; then python=$(MODELS)/bin/python; fi; \
	  $$python -m pytest -m models -rs --durations=5 tests/models

$(MODELS)/.env: $(VENV)/.env envs/requirements-models.txt
	@echo "Installing force fields of others into $(MODELS): 200 MB"
	@sh envs/beside.sh $(VENV) $(MODELS)
	@$(MODELS)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps -r envs/requirements-models.txt
	@touch $@

test-slurm: dev ## The tests of what clusters do to jobs, on a SLURM of this machine (root, slurm-wlm, munge).
	$(BIN)/pytest tests/slurm -m slurm -v --durations=10 -rs

check: dev lint ## The quick loop: lint and the quick tests.
	$(BIN)/pytest -n $(CORES) --dist loadfile -m "not slow and not slurm"

format: dev ## Format Python and Snakemake files.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt Snakefile workflow

lint: dev ## Formatting, lint, types, imports, numbers in the text, spelling, workflow.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/quote.py check
	$(BIN)/codespell README.md CHANGELOG.md docs/*.md docs/quoting docs/numbers/*.md src tests workflow config benchmarks Snakefile Makefile
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint

lock: dev ## Write the locks from what is installed now.
	$(BIN)/python envs/lock.py

clean: ## Remove the environment and caches; results stay.
	rm -rf $(VENV) $(MODELS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
