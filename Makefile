# The commands of this checkout. Needs: Python >= 3.11, make, a package index.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check bench mutants pages lock clean

help:  ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@command -v "$(PYTHON)" >/dev/null || { echo "Missing: $(PYTHON). Install Python 3.11 or newer, or say make PYTHON=/path/to/python3."; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Too old: $(PYTHON). Python 3.11 or newer is needed; say make PYTHON=/path/to/python3."; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "Missing: Python's venv module. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	"$(PYTHON)" -m venv .venv
	"$(BIN)/python" -m pip install --quiet --constraint constraints.txt --editable '.[dev,postgresql]' \
		|| { echo "pip could not install the dependencies (its reason is above). Is a package index reachable?"; exit 1; }
	@touch $(STAMP)

demo: $(STAMP)  ## Run server, emulator and conformance suite on this machine (STAY=1 leaves them up)
	@"$(BIN)/python" -m cicsms demo $(if $(STAY),--stay)

test: $(STAMP)  ## Run the tests
	"$(BIN)/python" -m twisted.trial tests

check: $(STAMP)  ## Format, lint, types, floors, docstrings, news
	"$(BIN)/ruff" format --check .
	"$(BIN)/ruff" check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"
	"$(BIN)/interrogate" -q cicsms tests benchmarks
	@"$(BIN)/towncrier" build --draft --version next >/dev/null

bench: $(STAMP)  ## Measure, side by side with a bare twisted.web resource
	"$(BIN)/python" -m benchmarks

mutants: $(STAMP)  ## Change the broker definitions in every small way, and see that the evidence notices
	"$(BIN)/python" -m cicsms profile mutants $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED)) $(if $(BROKER),--broker '$(BROKER)')

pages: $(STAMP)  ## Write the manual's pages that are made of the schema and the definitions
	"$(BIN)/python" -m cicsms profile pages docs/brokers

lock: $(STAMP)  ## Renew constraints.txt from pyproject.toml
	"$(BIN)/python" -m pip install --quiet uv
	"$(BIN)/python" -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --no-header --no-annotate pyproject.toml -o constraints.txt

clean:  ## Remove what the other targets made
	rm -rf .venv .demo
