# Needs Python 3.11 or newer and make; everything else comes from PyPI into .venv. `make help` lists the commands.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -q -q --disable-pip-version-check

# An environment is fresh when a stamp named after the requirements' content exists: a second run installs nothing.
RUN_STAMP := $(VENV)/run-$(shell cat requirements.txt | cksum | tr -d ' \t')
DEV_STAMP := $(VENV)/dev-$(shell cat requirements.txt requirements-dev.txt | cksum | tr -d ' \t')

# Tests never look at the data or the servers of whoever runs them.
CLEAN := env -u VAR_DIR -u DJANGO_SETTINGS_MODULE DATABASE_URL= REDIS_URL= CELERY_BROKER_URL= DEBUG= CRM_NOW= HTTPS= EMAIL_URL= SITE_URL= WEBHOOK_HOSTS=
PYTEST := $(PY) -m pytest -n 2 --dist worksteal -rs

.PHONY: help run test test-sqlite test-postgres test-faults bench check messages browser
.DEFAULT_GOAL := help

help:
	@echo "make run       the application with demo accounts on http://127.0.0.1:8000/ (PORT=8001 make run: another port)"
	@echo "make test      the whole suite, on SQLite and on PostgreSQL with Valkey"
	@echo "make test-faults  what breaks, in figures: processes, servers, disks, clocks, imports (slow)"
	@echo "make bench     figures: imports and exports against the plain ways, pages with 10,000 and 1,000,000 customers (an hour and a half)"
	@echo "make check     lint, format, types, templates, missing migrations, missing translations"
	@echo "make messages  collects the texts to translate into locale/ and compiles them"
	@echo "make browser   installs a Chromium for the browser tests where that is possible (Debian, as root)"

run: $(RUN_STAMP)
	@exec $(PY) manage.py serve --demo

test: test-sqlite test-postgres

test-sqlite: $(DEV_STAMP)
	@echo "== SQLite, filesystem broker"
	$(CLEAN) $(PYTEST) -m "not crowd"

test-postgres: $(DEV_STAMP)
	@echo "== PostgreSQL, Valkey"
	# The databases are made anew and left to the server, which ends with the run.
	$(CLEAN) $(PY) -m tests.servers $(PYTEST) --reuse-db --create-db -m "not pure and not page and not browser"

# Slow, and about what breaks: processes, servers, disks, clocks. On both databases; every figure is printed.
test-faults: $(DEV_STAMP)
	$(CLEAN) $(PY) -m pytest -m crowd tests
	$(CLEAN) $(PY) -m pytest -p no:randomly tests/faults/faults_*.py
	$(CLEAN) $(PY) -m tests.servers $(PY) -m pytest -p no:randomly --reuse-db --create-db tests/faults/faults_*.py

# Figures, as ratios measured in one run; they never fail on time.
bench: $(DEV_STAMP)
	$(CLEAN) $(PY) -m tests.servers $(PY) -m bench
	@echo "== pages, SQLite"
	$(CLEAN) $(PY) -m bench.pages 10000 1000000 10

check: $(DEV_STAMP)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(CLEAN) $(PY) -m mypy
	$(PY) -m djlint --lint --quiet templates
	$(CLEAN) $(PY) manage.py makemigrations --check --dry-run
	$(CLEAN) $(PY) scripts/messages.py --check

messages: $(DEV_STAMP)
	$(CLEAN) $(PY) scripts/messages.py

browser:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then \
		echo "A Chromium is here."; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-noto-cjk; \
	else \
		echo "Skipped: installing Chromium needs root and apt-get; without one the browser tests are skipped."; \
	fi

# Made in one go or made anew: an environment that was cut short has no stamp.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Choose one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) >/dev/null || \
		{ echo "Python could not make an environment in $(VENV); on Debian and Ubuntu first: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(RUN_STAMP): | $(VENV)/made
	@echo "Installing what the application needs (once, about a minute) …"
	@$(PIP) -r requirements.txt
	@rm -f $(VENV)/run-* && touch $@

$(DEV_STAMP): | $(VENV)/made
	@echo "Installing what development needs (once, about a minute) …"
	@$(PIP) -r requirements-dev.txt
	@rm -f $(VENV)/run-* $(VENV)/dev-* && touch $(RUN_STAMP) $@
