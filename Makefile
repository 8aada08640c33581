# The two commands of a fresh machine are `make demo` and `make test`.

PYTHON ?= python3
BIN = .venv/bin

.PHONY: bench clean demo fuzz install test

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: install
	$(BIN)/python samples/demo.py

test: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

bench: install
	$(BIN)/python -m benchmarks.product.kodak

# 100,000 damaged and hostile files; goes on where it was ended. FUZZ="--seed 2" for others.
fuzz: install
	$(BIN)/python tests/fuzz/campaign.py --cases 100000 --save $(FUZZ)

clean:
	rm -rf .venv demo build *.egg-info
