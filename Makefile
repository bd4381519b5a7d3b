# Two commands set everything up: `make demo` and `make test`. They need git, make and Python 3.11 or newer.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Everyone installs what was tested; see constraints.txt. Python compiles what is imported when it is imported, and what
# never is not at all; that it may keep what it compiles spares each process of the tests a third of a second.
INSTALL := $(PIP) install --quiet --no-compile --constraint constraints.txt --editable
unexport PYTHONDONTWRITEBYTECODE
JOBS ?= 2
# Each process begins with one half of the files, so that what a file's tests share is made once.
PYTEST = $(BIN)/python -m pytest --numprocesses $(JOBS) --dist worksteal

.PHONY: help demo test fuzz check lint bench docs notebooks clean

help:
	@echo "make demo    install, then build a corpus from this repository and the fixtures"
	@echo "make test    install what tests need, then run them all"
	@echo "make fuzz    the tests again, with property tests that draw new examples"
	@echo "make check   lint, types and tests"
	@echo "make bench   measure speed against floors and peers"
	@echo "make docs    build the site into build/docs"
	@echo "make notebooks  run the notebooks and store their outputs"
	@echo "make clean   remove what the above have made"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: $(BIN)/python pyproject.toml constraints.txt hatch_build.py corpus/sketch/kernel.c
	$(INSTALL) .
	@touch $@

.venv/installed-dev: $(BIN)/python pyproject.toml constraints.txt hatch_build.py corpus/sketch/kernel.c
	$(INSTALL) ".[dev]"
	@touch .venv/installed $@

demo: .venv/installed
	$(BIN)/python fixtures/repositories.py build/repositories
	$(BIN)/python fixtures/conversations.py build/conversations
	$(BIN)/corpus build . build/repositories/lantern build/repositories/kiln build/conversations/signal-export \
		build/conversations/element.json --me @robin:example.org --out demo-corpus

test: .venv/installed-dev
	$(PYTEST)

fuzz: .venv/installed-dev
	$(PYTEST) --hypothesis-profile=fuzz

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

bench: .venv/installed-dev
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/chats.py

docs: .venv/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

notebooks: .venv/installed-dev
	$(BIN)/python notebooks/make.py

clean:
	rm -rf .venv build dist demo-corpus .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
