# Chores of developers. To run Postern or its tests no make is needed: see ./postern.
.PHONY: check fix lock messages bench

PYTHON := .venv/bin/python

check:  ## style, types and templates; changes nothing
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint templates --lint --quiet

fix:  ## what ruff can mend by itself
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

lock: export UV_CUSTOM_COMPILE_COMMAND = make lock
lock: LOCK = uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
lock:  ## the hashed locks from pyproject.toml; make lock UPGRADE=1 takes the newest versions
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) --group dev --constraint requirements.txt --output-file requirements-dev.txt

messages:  ## extracts the sentences, updates and compiles translations/; make messages NEW=pl begins a language
	$(PYTHON) -m translations.make $(NEW)

bench:  ## benchmarks/run.py
	$(PYTHON) benchmarks/run.py
