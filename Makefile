# The two commands of a fresh machine are `make demo` and `make test`.

PYTHON ?= python3
BIN = .venv/bin

KERNEL_SOURCES = $(wildcard inrcodec/native/*.[ch]) building/kernels.py

.PHONY: bench clean demo docs fuzz install man native notebooks sanitize test test-numpy wasm wheels

install: .venv/installed native

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# The kernels again, where their sources have changed.
native: .venv/kernels

.venv/kernels: .venv/installed $(KERNEL_SOURCES)
	$(BIN)/python building/kernels.py
	touch $@

# For all platforms, into dist/, by zig.
wheels: install
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[wheels]'
	$(BIN)/python building/wheels.py

# The viewer's kernels again, into viewer/, by zig; the module is kept in git.
wasm: install
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[wheels]'
	$(BIN)/python building/wasm.py

# Without the kernels.
test-numpy: install
	INRCODEC_NATIVE=0 $(BIN)/python -m pytest tests/native tests/codecs/grid/test_grid_files.py \
		-k "every_size or region"

# Kernels that check their addresses and arithmetic, under tests and damaged files.
SANITIZED = LD_PRELOAD="$$($${CC:-cc} -print-file-name=libasan.so) \
	$$($${CC:-cc} -print-file-name=libstdc++.so.6)" \
	ASAN_OPTIONS=detect_leaks=0:exitcode=99:quarantine_size_mb=16 INRCODEC_NATIVE=$(CURDIR)/build/sanitized/_kernels.so

sanitize: install
	$(BIN)/python building/kernels.py --sanitized
	$(SANITIZED) $(BIN)/python -m pytest -n 2 tests/native
	$(SANITIZED) $(BIN)/python tests/fuzz/campaign.py --cases 200 --seed 3

# From the help of all commands, into docs/man.
man: install
	$(BIN)/python building/man.py

# The site of README.md, docs and formats, into build/site; every link in it has to lead somewhere.
docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Runs the notebooks of docs/notebooks, and writes their outputs.
notebooks: install
	$(BIN)/python building/notebooks.py

demo: install
	$(BIN)/python samples/demo.py

test: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: install
	$(BIN)/python -m benchmarks.product.kodak

# 100,000 damaged and hostile files; goes on where it was ended. FUZZ="--seed 2" for others.
fuzz: install
	$(BIN)/python tests/fuzz/campaign.py --cases 100000 --save $(FUZZ)

clean:
	rm -rf .venv demo build *.egg-info
