# make demo   set everything up, then simulate England for 20 years
# make test   set everything up, then run the tests; ROOM=world: those of one room
# make test-fast, test-long   the quick ones only; all of them
# make reference, golden, scorecard, docs   make the committed results, the golden run, the recorded scorecard and the
#             generated pages again
# make site   the documentation as pages in site/, to open from the disk
# make influence   measure again how far each number moves the headline results (twelve minutes)
# Needs Python 3.12 or later and make; everything else is installed into .venv.

ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif

PYTHON ?= $(shell for p in python3.13 python3.12 python3.14 python3 python; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; \
	then echo $$p; break; fi; done)

.PHONY: demo test test-fast test-long lint benchmark golden scorecard reference influence docs site clean

demo: .venv/ready
	$(BIN)/matsim demo

# Each worker goes through tests that lie together, which share what they look at; one that is done takes from another.
PARALLEL := -n auto --dist worksteal

test: .venv/ready
	$(BIN)/python -m pytest $(PARALLEL) -m "not long" $(if $(ROOM),tests/$(ROOM))

test-fast: .venv/ready
	$(BIN)/python -m pytest $(PARALLEL) -m "not long and not slow"

test-long: .venv/ready
	$(BIN)/python -m pytest $(PARALLEL)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

benchmark: .venv/ready
	$(BIN)/python experiments/benchmarks/speed.py

golden: .venv/ready
	$(BIN)/python tests/golden/record.py

scorecard: .venv/ready
	$(BIN)/python tests/golden/scorecard.py

.venv/ready: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "matsim needs Python 3.12 or later; none was found. Set PYTHON=/path/to/python3.13"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch .venv/ready

# Sweeps are made anew: finished runs of an earlier model must not stand beside those of this one. Exit code 5 is
# not an error here: a precision that was not reached is said on the page.
HEADLINES := strategy-groups capacity-or-growth clustered-or-scattered proximity break-points
COMPARE_strategy-groups := --by group

reference: .venv/ready $(HEADLINES:%=reference-%)
	$(BIN)/python experiments/coherence.py
	$(BIN)/python experiments/forecast_2030.py

reference-%: .venv/ready
	rm -rf results/headlines/$*
	$(BIN)/matsim sweep $* --out results/headlines/$* || test $$? -eq 5
	rm -rf results/reference/$*
	$(BIN)/matsim compare results/headlines/$* $(COMPARE_$*) --out results/reference/$* > /dev/null || test $$? -eq 5

influence: .venv/ready
	$(BIN)/python experiments/influence.py

site: .venv/site-ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "open site/index.html"

.venv/site-ready: .venv/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	@touch .venv/site-ready

docs: .venv/ready
	$(BIN)/python docs/build.py

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache build *.egg-info
