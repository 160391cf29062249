# Tomoshibi 灯. The two commands to know are `make run` and `make test`; `make help` tells the rest.
# Everything lands in .venv (the program and its checks), .venv-peers (what we measure against) and var (a town's data).

SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# a run of the tests starts hundreds of processes: each would compile the house anew
unexport PYTHONDONTWRITEBYTECODE

HOST ?= localhost
PORT ?= 8000
ONLY ?=
ARGS ?=

BIN := .venv/bin
# a stamp says what was installed, so that a second start has nothing to do
RUN := .venv/.run-stamp
DEV := .venv/.dev-stamp
PEERS := .venv-peers/.stamp
CODE := tomoshibi scripts bench
PIP := -m pip --disable-pip-version-check install -qq

.PHONY: help run setup test lint format fuzz city bench validation reference pin clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: setup ## start the server on localhost:8000 (HOST=, PORT=); the first time installs it and loads the demonstration city
	@exec $(BIN)/tomoshibi serve --host $(HOST) --port $(PORT)

setup: $(RUN) ## make what `make run` starts, without starting it: packages, database, demonstration city
	@$(BIN)/tomoshibi setup

test: $(DEV) ## install what tests need, then lint and every suite on SQLite, and some again on PostgreSQL (ARGS= for pytest)
	@scripts/debian.sh tests
	@$(MAKE) lint
	@$(BIN)/python -m pytest -n 2 --dist worksteal --both-databases $(ARGS)

lint: $(DEV) ## ruff, mypy and the contracts of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports

format: $(DEV) ## let ruff put the code in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

fuzz: $(DEV) ## the laws at full length: 100,000 histories and more, outside the suite
	@$(BIN)/python -m pytest -n 2 --fuzz -m fuzz $(ARGS)

city: $(DEV) ## full-size scenarios of a city, outside the suite
	@$(BIN)/python -m pytest --city -m city $(ARGS)

bench: $(DEV) $(PEERS) ## measure ourselves beside our peers, one table in one run (ONLY=part)
	@$(BIN)/python -m bench $(ONLY)

validation: $(RUN) ## compute every record of published value again and write docs/validation.md
	@$(BIN)/python -m scripts.validation

reference: $(RUN) ## write docs/reference/commands.md from the commands' own help
	@$(BIN)/python -m scripts.commands

pin: ## choose the newest versions for requirements/*.in and write requirements/*.txt
	@python=$$(scripts/python.sh) && $$python -m scripts.pin

clean: ## remove what make has made, except the town's data in var
	rm -rf .venv .venv-peers build dist *.egg-info bench/results .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/pip:
	@python=$$(scripts/python.sh) && $$python -m venv .venv

$(RUN): requirements/run.txt pyproject.toml | .venv/bin/pip
	@echo "Installing Tomoshibi's packages into .venv (a minute or two, once)"
	@$(BIN)/python $(PIP) -r requirements/run.txt
	@$(BIN)/python $(PIP) --no-deps -e .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo "Installing what tests and checks need into .venv"
	@$(BIN)/python $(PIP) -r requirements/dev.txt
	@touch $@

$(PEERS): requirements/peers.txt
	@echo "Installing the peers into .venv-peers"
	@[ -x .venv-peers/bin/pip ] || { python=$$(scripts/python.sh) && $$python -m venv .venv-peers; }
	@.venv-peers/bin/python $(PIP) -r requirements/peers.txt
	@touch $@
