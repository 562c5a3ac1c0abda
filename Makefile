# make demo and make test do all set-up themselves; a second call installs nothing.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin/
STAMP := $(VENV)/installed
LOG := $(VENV)/install.log
# Free disk that a first installation needs, in megabytes, with pip's temporary files.
SPACE := 3000
# One more than the cores, since tests wait for processes that they start.
WORKERS ?= 3
LOWEST := $(VENV)-lowest
SITE := build/site
# All extras that setup.cfg declares, separated by commas; `make docs` adds its own, which no test needs.
EXTRAS = $$($(PYTHON) -c "from configparser import RawConfigParser as Parser; \
  setup = Parser(); setup.read('setup.cfg'); print(','.join(sorted({*setup['options.extras_require']} - {'docs'})))")
# mkdocs-material prints an advertisement of its successor at every build.
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tests start hundreds of Python processes, which would each compile the package again.
unexport PYTHONDONTWRITEBYTECODE
# glibc would return every large tensor's memory to the kernel, which clears the pages of the next one.
test test-fast test-lowest: export MALLOC_MMAP_THRESHOLD_ := 1073741824
test test-fast test-lowest: export MALLOC_TRIM_THRESHOLD_ := 4294967296

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-lowest fuzz torture simulate audit docs lint format install clean
.DELETE_ON_ERROR:

help:
	@echo 'make demo         a study with and without spans on a small task: minutes, no download but the packages'
	@echo 'make test         formatter, linter, types, tests'
	@echo 'make test-fast    the tests without training, processes, browser and benchmarks'
	@echo 'make test-lowest  the tests with the lowest versions that setup.cfg allows'
	@echo 'make fuzz         random configs, overrides and damaged files, against oracles: about an hour'
	@echo 'make torture      kills at chosen file operations, twice each, and full disks: about half an hour'
	@echo 'make simulate     error rates of the test behind a star, by simulation: hours'
	@echo 'make audit        insecure code by bandit, vulnerable packages by pip-audit'
	@echo 'make docs         the documentation site, strictly, in $(SITE): minutes'
	@echo 'make lint         formatter, linter, types'
	@echo 'make format       format the sources in place'
	@echo 'make install      set up $(VENV) (the targets above do it themselves)'
	@echo 'make clean        remove the virtual environments and the caches of the tools'
	@echo 'Another interpreter: make test PYTHON=/path/to/python3.11'

demo: $(STAMP)
	@$(BIN)spanreg demo

# One thread for each worker: with more threads than cores, the workers wait for one another.
test: lint
	@OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false $(BIN)python -m pytest -q -n $(WORKERS) --dist worksteal

# The marker is set by place in registry_tests/slow_tests.py.
test-fast: $(STAMP)
	@OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false $(BIN)python -m pytest -q -n $(WORKERS) --dist worksteal -m 'not slow'

# In an environment of its own; torch stays as pinned.
test-lowest:
	@test -x $(LOWEST)/bin/python || $(PYTHON) -m venv $(LOWEST)
	@$(PYTHON) registry_tests/campaigns/lowest.py >$(LOWEST)/lowest.txt
	@$(LOWEST)/bin/python -m pip install --quiet --progress-bar off -e ".[$(EXTRAS)]" -c $(LOWEST)/lowest.txt
	@OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false $(LOWEST)/bin/python -m pytest -q -n $(WORKERS) --dist worksteal

# Named explicitly: pytest collects only files that begin with test_.
fuzz: $(STAMP)
	@OMP_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false $(BIN)python -m pytest -q -n $(WORKERS) --dist worksteal \
	  -o log_level=INFO registry_tests/campaigns/fuzz_*.py

torture: $(STAMP)
	@$(BIN)python -m registry_tests.campaigns.torture

simulate: $(STAMP)
	@OMP_NUM_THREADS=1 $(BIN)python -m pytest -q -n $(WORKERS) --dist worksteal \
	  registry_tests/campaigns/simulate_error_rates.py registry_tests/campaigns/simulate_added_seeds.py
	@OMP_NUM_THREADS=1 $(BIN)spanreg bench calibration --markdown

audit: $(STAMP)
	@$(BIN)python registry_tests/campaigns/audit.py

docs: $(STAMP) mkdocs.yml
	@$(BIN)python -c 'import mike, mkdocs, material, mkdocstrings_handlers' 2>/dev/null || \
	  $(BIN)python -m pip install --quiet --progress-bar off -e '.[docs]' -c constraints.txt
	@$(BIN)python -m mkdocs build --strict --site-dir $(SITE)
	@echo 'Open $(SITE)/index.html, or serve it: $(BIN)python -m http.server -d $(SITE)'

lint: $(STAMP)
	@$(BIN)ruff format --check
	@$(BIN)ruff check
	@$(BIN)python -m mypy

format: $(STAMP)
	@$(BIN)ruff check --fix-only --quiet
	@$(BIN)ruff format

install: $(STAMP)

clean:
	rm -rf $(VENV) $(LOWEST) .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info

$(STAMP): setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found="$$($(PYTHON) --version 2>/dev/null | head -n 1)"; echo \
	  "spanreg needs Python 3.11 or newer; '$(PYTHON)' is $${found:-not there}." \
	  "Install Python 3.11, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
	  "'$(PYTHON)' cannot make virtual environments: its venv package is missing." \
	  "Install it (Debian, Ubuntu: apt-get install python3-venv), then call make again." >&2; exit 2; }
	@free="$$(df -Pm . | awk 'NR == 2 {print $$4}')"; \
	test -e $(STAMP) || test "$$free" -ge $(SPACE) || { echo \
	  "The disk is full: $$free MB are free here, and the packages need $(SPACE) MB." \
	  "Free some, or clone to another disk." >&2; exit 2; }
	@$(BIN)python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) || { echo \
	  "The virtual environment could not be made in $(VENV)." >&2; exit 2; }
	@echo 'Installing the packages of constraints.txt into $(VENV): some minutes, once ...' >&2
	@$(BIN)python -m pip install --progress-bar off -e ".[$(EXTRAS)]" -c constraints.txt >$(LOG) 2>&1 || { \
	  if grep -q 'No space left on device' $(LOG); \
	  then echo "The disk is full: free $(SPACE) MB here and in the folder for temporary files, then call make again."; \
	  else echo "The installation failed: $$(grep ERROR $(LOG) | tail -n 1) The whole output: $(LOG)"; fi >&2; exit 2; }
	@touch $@
