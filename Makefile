# Everything sets itself up: a virtual environment in .venv, and the Pulumi CLI (see tools/engine).
#   make up      start the sandbox, run `pulumi up` for the project in this folder      make down   take it all away
#   make up API=v2   the same on version 2 of the batch API
#   make test    all tests      make check   ruff and mypy      make bench   what an update costs in time, calls and memory
#   make docs    docstrings and attributes of the resources, written from their tables
#   make compat  adapter, client and lifecycles on every Python that is installed, oldest and newest SDK
# With Sentinel Hub credentials in the environment or in a stack's config, up and down work on the service itself.

.DEFAULT_GOAL := help
.PHONY: help up down test check bench docs compat
.DELETE_ON_ERROR:

PYTHON := .venv/bin/python
READY := .venv/.ready
# the first that runs, is recent enough and can make virtual environments; 3.11 to 3.13 have wheels for everything. Of one
# version the distribution's own comes first: it is built with optimizations, which a version manager's often is not
FIND_PYTHON = for p in /usr/bin/python3.11 python3.11 /usr/bin/python3.12 python3.12 /usr/bin/python3.13 python3.13 \
	python3 python3.14 python3.10; do \
	$$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && { echo $$p; break; }; done

help:
	@sed -n '2,6s/^# //p' Makefile

$(READY): pyproject.toml constraints.txt
	@python=$$($(FIND_PYTHON)); \
	test -n "$$python" || { echo "error: Python 3.10 or newer, with venv, is needed" >&2; exit 1; }; \
	echo "Setting up .venv with $$($$python --version) (a minute or two, once)"; \
	test -x $(PYTHON) || $$python -m venv .venv
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[report,sandbox,dev,bench]'
	@touch $@

up: $(READY)
	@$(PYTHON) -m tools.project up

down: $(READY)
	@$(PYTHON) -m tools.project down

check: $(READY)
	@$(PYTHON) -m tools.check

# the CLI first, so that its messages are seen; byte code is kept, or each process would compile all of it again
test: $(READY)
	@$(PYTHON) -m tools.engine >/dev/null
	@env -u PYTHONDONTWRITEBYTECODE $(PYTHON) -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: $(READY)
	@$(PYTHON) -m tools.bench $(ARGS)

docs: $(READY)
	@$(PYTHON) -m tools.docs

compat: $(READY)
	@$(PYTHON) -m tools.compat
