# Every step longer than a line lives in infra/local or infra/build, where it can be tested.
SHELL := bash
.DEFAULT_GOAL := help
PYTHON ?= python3
DEV := .venv/dev/bin
DEV_READY := .venv/dev/.complete

.PHONY: help run demo seed-demo test laws check format package agent bench plots lock openapi bootstrap-key clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: python ## the whole platform on this machine; PORT= DATA_DIR= INFRAMIND_API_KEY= PARAMETERS= are honoured
	@exec $(PYTHON) infra/local/run.py

demo: python ## feed a simulated fleet with a planted fault to the running platform
	@exec $(PYTHON) -m infra.demo

seed-demo: python ## tell the running platform of fifty builds, and train the optimizer on them
	@exec $(PYTHON) -m infra.demo.seeding

test: $(DEV_READY) ## all tests, end-to-end ones included
	$(DEV)/pytest -n 3 --dist loadfile --no-loadscope-reorder

laws: $(DEV_READY) ## the laws on examples that change from run to run; SEED= of a failure brings it back
	$(DEV)/pytest -m hypothesis --hypothesis-profile=other $(if $(SEED),--hypothesis-seed=$(SEED)) -n 2 --dist loadfile

check: $(DEV_READY) ## format, lint, strict types, template, architecture rules
	$(DEV)/python -m infra.build.check

format: $(DEV_READY) ## rewrite the code in the house format
	$(DEV)/ruff format . && $(DEV)/ruff check --fix .

package: python ## sam validate and build; fails when a function and its layers pass 230 MB
	@exec $(PYTHON) infra/build/package.py

agent: ## build the telemetry agent; its packages are in infra/agent/packages.txt
	infra/agent/build.sh

bench: $(DEV_READY) .venv/bench/.complete ## the benchmarks, written to docs/benchmarks.md
	$(DEV)/python -m tests.benchmarks

plots: $(DEV_READY) ## the plots of README.md and docs/detection.md anew; DATA=folder with nab-dev and cloud-dev
	PYTHONPATH=layers/core $(DEV)/python -m tests.benchmarks.plots $(DATA)

lock: $(DEV_READY) ## write the locks anew from pyproject.toml
	$(DEV)/python -m infra.build.lock

openapi: $(DEV_READY) ## write the merged OpenAPI document after a route has changed
	PYTHONPATH=layers/core $(DEV)/python -m infra.build.openapi

bootstrap-key: python ## print the first admin key of a deployment: STACK=inframind-dev
	@STACK=$(STACK) exec $(PYTHON) infra/build/first_key.py

clean: ## remove what was built; environments and data stay
	rm -rf .aws-sam .mypy_cache .pytest_cache .ruff_cache .hypothesis .bench dist
	find . -path ./.venv -prune -o -name __pycache__ -type d -print0 | xargs -0 rm -rf

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { echo "inframind: $(PYTHON) is missing. Install Python 3.11 or newer: apt install python3 python3-venv" >&2; exit 1; }

# The environment of the developers; the stamp is written last and names the lock.
$(DEV_READY): requirements.txt | python
	@$(PYTHON) infra/build/dev.py

# What benchmarks measure against.
.venv/bench/.complete: requirements-bench.txt | python
	@$(PYTHON) infra/build/dev.py bench
