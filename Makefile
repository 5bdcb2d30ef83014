# `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help demo run test check browser chaos fuzz bench format hooks messages vendor clean python

help: ## This list
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z.]+):.*## (.*)/  make \1\t\2/' | expand -t 18

python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version 2>&1 | head -n 1) was found. Set PYTHON=/path/to/python3.11."; exit 1; }

$(VENV)/installed: requirements.txt | python
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (on Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Installing what requirements.txt names …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt 2>$(VENV)/pip.log || { tail -n 3 $(VENV)/pip.log; echo "The packages could not be installed: is there a network, or a package index? The whole story: $(VENV)/pip.log"; exit 1; }
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "Installing what requirements-dev.txt names …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt 2>$(VENV)/pip.log || { tail -n 3 $(VENV)/pip.log; echo "The packages could not be installed: is there a network, or a package index? The whole story: $(VENV)/pip.log"; exit 1; }
	@touch $@

.env: | $(VENV)/installed
	@umask 077 && $(BIN)/python -m portal.keys < .env.example > .env

demo: $(VENV)/installed .env ## The whole portal with an invented school and a pretend WeCom (FRESH=1: nothing linked, from the start)
	@exec $(BIN)/python manage.py demo $(if $(filter 1,$(FRESH)),--fresh)

run: $(VENV)/installed .env ## Web, worker and sweeper with the settings of .env, without simulator and demo data
	@exec $(BIN)/python manage.py run $(if $(PORT),--port $(PORT))

test: $(VENV)/installed-dev ## The tests on SQLite; again on PostgreSQL + Redis when TEST_DATABASE_URL and TEST_REDIS_URL are set
	env -u TEST_DATABASE_URL -u TEST_REDIS_URL $(BIN)/python -m pytest -n 2 --dist loadfile
	@if [ -n "$$TEST_DATABASE_URL" ]; then echo "again on PostgreSQL and Redis"; $(BIN)/python -m pytest -n 2 --dist loadfile; fi

browser: $(VENV)/installed-dev ## The browser journeys, against a running demo, on Debian's Chromium
	$(BIN)/python -m pytest tests/browser --override-ini addopts= -p tests.environment

chaos: $(VENV)/installed-dev ## Messages while workers die, WeCom misbehaves, and our own services restart; 200 people registering at once (needs PostgreSQL)
	SENDING_TIME_SCALE=40 $(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos.py
	$(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_many_register.py
	$(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos_house.py

fuzz: $(VENV)/installed-dev ## Ten minutes of what nobody means, in every form, as every role (FUZZ_SECONDS, FUZZ_SEED)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest tests/test_fuzz.py -q

bench: $(VENV)/installed-dev ## Speed of reach, pages, freezing and registering in a school of 100,000 (BENCH_PEOPLE, BENCH_MESSAGES)
	$(BIN)/python -m pytest tests/bench/test_inside.py -q -s --override-ini addopts= -p tests.environment

check: $(VENV)/installed-dev ## Lint, format of templates, types, migrations, translations, vendored files, compose
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tests.checks

format: $(VENV)/installed-dev ## Format Python and templates
	$(BIN)/ruff format .
	$(BIN)/python -m tests.checks format

hooks: $(VENV)/installed-dev ## `make check` before every commit (pre-commit)
	$(BIN)/pre-commit install

messages: $(VENV)/installed-dev ## Collect the sentences to translate and compile the translations (needs gettext)
	$(BIN)/python -m tests.checks messages

vendor: ## Write the checksums of the vendored front-end files
	cd static/vendor && find . -type f ! -name SHA256SUMS ! -name README.md | sort | xargs sha256sum > SHA256SUMS

clean: ## Remove what was built; .env and the data in var/ stay (`make demo FRESH=1` forgets what the demo wrote)
	rm -rf var/static .pytest_cache .mypy_cache .ruff_cache $(VENV)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
