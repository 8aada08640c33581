# The two commands of a fresh machine are `make demo` and `make test`.

PYTHON ?= python3
BIN = .venv/bin

KERNEL_SOURCES = $(wildcard inrcodec/native/*.[ch]) building/kernels.py

.PHONY: bench clean demo docs fuzz install locks man native notebooks sanitize sbom test test-numpy \
	test-wheel wasm wheels

install: .venv/installed native

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	INRCODEC_NATIVE=0 $(BIN)/python -m pip install --quiet --constraint constraints.txt \
		--editable '.[dev]'
	touch $@

# The kernels, again where their sources have changed.
native: .venv/kernels

.venv/kernels: .venv/installed $(KERNEL_SOURCES)
	$(BIN)/python building/kernels.py
	touch $@

# What builds releases, apart from what is tested: versions with hashes.
TOOLS = build/tools

$(TOOLS)/installed: requirements/build.txt requirements/release.txt
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --require-hashes \
		-r requirements/build.txt -r requirements/release.txt
	touch $@

# The source distribution, and from it wheels for all platforms, into dist/, by zig.
wheels: $(TOOLS)/installed
	$(TOOLS)/bin/python building/wheels.py

# The viewer's kernels again, into viewer/, by zig; the module is kept in git.
wasm: $(TOOLS)/installed
	$(TOOLS)/bin/python building/wasm.py

# The wheel that a fresh machine makes of the source distribution, in an environment that has nothing
# else but the versions of the image.
INSTALLED = build/installed
PIP = $(BIN)/python -m pip --python $(INSTALLED)/bin/python --quiet

test-wheel: install
	rm -rf $(INSTALLED)
	$(PYTHON) -m venv --without-pip $(INSTALLED)
	$(BIN)/python building/wheels.py sdist --out $(INSTALLED)/dist
	$(BIN)/python -m pip wheel --quiet --no-deps -w $(INSTALLED)/dist $(INSTALLED)/dist/*.tar.gz
	$(PIP) install --require-hashes -r requirements/runtime.txt
	$(PIP) install --no-deps --no-index $(INSTALLED)/dist/*.whl
	$(INSTALLED)/bin/python -I tests/installed.py

# What the image holds, into dist/, as CycloneDX.
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' inrcodec/__init__.py)

sbom: $(TOOLS)/installed test-wheel
	mkdir -p dist
	sed 's/^dynamic = .*/version = "$(VERSION)"/' pyproject.toml > $(INSTALLED)/pyproject.toml
	$(TOOLS)/bin/cyclonedx-py environment --pyproject $(INSTALLED)/pyproject.toml \
		--mc-type application --output-reproducible -o dist/inrcodec-$(VERSION).cdx.json $(INSTALLED)/bin/python

# The versions with hashes again, within those of constraints.txt.
LOCK = $(TOOLS)/bin/uv pip compile --quiet --upgrade --universal --generate-hashes \
	--python-version 3.11 --constraints constraints.txt --custom-compile-command "make locks"

locks: $(TOOLS)/installed
	$(LOCK) pyproject.toml -o requirements/runtime.txt
	$(LOCK) --group build -o requirements/build.txt
	$(LOCK) --group release -o requirements/release.txt

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
	rm -rf .venv demo build dist *.egg-info
