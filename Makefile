# `make` alone lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help
.PHONY: help demo run test check browser pictures chaos rehearsal outages outdated lock licences fuzz mutate bench format hooks messages data vendor clean python backup restore

help: ## This list
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z.]+):.*## (.*)/  make \1\t\2/' | expand -t 18

python:
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no program $(PYTHON). Set PYTHON=/path/to/python3.11, or newer."; exit 1; }
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

backup: $(VENV)/installed .env ## The whole database into one file, sealed with BACKUP_KEY, while everybody works (FILE= names it)
	@$(BIN)/python manage.py backup $(FILE)

restore: $(VENV)/installed .env ## FILE= into a new, empty database; nothing is sent before a person has released it (STAGING=1: a copy to try things on)
	@$(BIN)/python manage.py restore "$(FILE)" $(if $(filter 1,$(STAGING)),--staging)

test: $(VENV)/installed-dev ## The tests on SQLite; again on PostgreSQL + Redis when TEST_DATABASE_URL and TEST_REDIS_URL are set
	env -u TEST_DATABASE_URL -u TEST_REDIS_URL $(BIN)/python -m pytest -n 2 --dist loadfile
	@if [ -n "$$TEST_DATABASE_URL" ]; then echo "again on PostgreSQL and Redis"; $(BIN)/python -m pytest -n 2 --dist loadfile -m "not chaos and not once"; fi

browser: $(VENV)/installed-dev ## The browser journeys, against a running demo, on Debian's Chromium
	$(BIN)/python -m pytest tests/browser --override-ini addopts= -p tests.environment

pictures: $(VENV)/installed-dev ## Take the pictures of the help pages anew, in every language
	TAKE_HELP_PICTURES=1 $(BIN)/python -m pytest tests/browser/test_help_pictures.py --override-ini addopts= -p tests.environment

chaos: $(VENV)/installed-dev ## Messages while workers die, WeCom misbehaves, our own services restart and backups are restored; 200 people registering at once (needs PostgreSQL)
	SENDING_TIME_SCALE=40 $(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos.py
	SENDING_TIME_SCALE=10 $(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos_moments.py
	SENDING_TIME_SCALE=5 $(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos_restore.py
	SENDING_TIME_SCALE=5 $(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos_upgrade.py
	$(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_many_register.py
	$(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment tests/test_chaos_house.py

rehearsal: $(VENV)/installed-dev ## README's way to a running portal, on everything docker-compose.yml starts, without containers (needs PostgreSQL, Redis, Caddy)
	$(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment -x tests/test_rehearsal.py

outages: $(VENV)/installed-dev ## Each part of it dead for a while: what pages, /readyz, the operator's mail and the logs say (OUTAGE_MINUTES; as rehearsal)
	$(BIN)/python -m pytest -m chaos --override-ini addopts= -p tests.environment -s tests/test_outages.py

fuzz: $(VENV)/installed-dev ## Ten minutes of what nobody means, in every form, as every role (FUZZ_SECONDS, FUZZ_SEED)
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} $(BIN)/python -m pytest tests/test_fuzz.py -q

mutate: $(VENV)/installed-dev ## Whether the tests notice COUNT small faults, put into a copy of the code (SEED, ONLY, AGAIN)
	@$(BIN)/python -m tests.mutate

bench: $(VENV)/installed-dev ## Speed beside the bare work, on real processes (BENCH_ROWS, BENCH_PEOPLE, BENCH_TIMES, BENCH_WORKERS; needs PostgreSQL, Redis)
	$(BIN)/python -m tests.bench

check: $(VENV)/installed-dev ## Lint, format of templates, types, migrations, tables, translations, vendored files, compose
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

outdated: $(VENV)/installed-dev ## Which of the packages that are named could be newer
	@$(BIN)/python -m pip list --outdated --disable-pip-version-check 2>/dev/null

lock: requirements.txt ## requirements.lock: every distribution of the image with its hashes, from requirements.txt (needs uv)
	uv pip compile requirements.txt --generate-hashes --python-version 3.11 --no-header --no-emit-index-url --quiet --output-file requirements.lock
	@sed -i '1i # Every distribution of the image with its hashes: `make lock` writes this file from requirements.txt.' requirements.lock

licences: $(VENV)/installed-dev ## docs/licences.md: under which licence everything stands that the image holds
	$(BIN)/python -m tests.licences

data: $(VENV)/installed-dev ## docs/data.md: every table, drawn from the models
	$(BIN)/python -m tests.data

vendor: ## Write the checksums of the vendored front-end files
	cd static/vendor && find . -type f ! -name SHA256SUMS ! -name README.md | sort | xargs sha256sum > SHA256SUMS

clean: ## Remove what was built; .env and the data in var/ stay (`make demo FRESH=1` forgets what the demo wrote)
	rm -rf var/static .pytest_cache .mypy_cache .ruff_cache $(VENV)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
