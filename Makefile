# The one truth of how things are run: .ci/run and the workflows call these targets.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
JOBS ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo demo-live test lint workflows types manifests format check lock bench bench-judge bench-github bench-live charts clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "promoter needs Python 3.11 or newer; name one with make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV) || { echo "this Python has no venv module: install python3-venv" >&2; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/.live: $(VENV)/.runtime requirements-live.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-live.lock
	@touch $@

demo: $(VENV)/.runtime  ## Watch a gray release climb, and another one freeze (no network, no cluster)
	@$(BIN)/promoter demo

demo-live: $(VENV)/.live  ## The same with real Envoy, Prometheus, traffic and time (a few minutes)
	@$(BIN)/promoter demo --live $(ARGS)

test: $(VENV)/.dev  ## Run every test, with a real git and a real Prometheus
	@$(BIN)/python tools/ensure_prometheus.py --with victoria-metrics >/dev/null || $(BIN)/python tools/ensure_prometheus.py >/dev/null
	$(BIN)/pytest -n $(JOBS) --dist loadfile

lint: $(VENV)/.dev  ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

workflows: $(VENV)/.dev  ## The workflows and the action: pinned, no injection, least permissions
	$(BIN)/zizmor --offline --quiet --no-progress --pedantic .github action.yml promoter/templates/*.yml
	$(BIN)/actionlint .github/workflows/*.yml promoter/templates/*.yml

types: $(VENV)/.dev  ## Types
	$(BIN)/mypy

VALIDATORS := .cache/manifests
$(VALIDATORS)/.installed: tools/manifests/package-lock.json tools/manifests/package.json tools/manifests/.npmrc
	@command -v npm >/dev/null && node -e 'process.exit(Number(parseInt(process.versions.node) < 18))' || { echo "manifests are validated under Node 18 or newer: install node and npm" >&2; exit 1; }
	mkdir -p $(VALIDATORS)
	cp $^ $(VALIDATORS)/
	cd $(VALIDATORS) && npm ci --loglevel=error
	@touch $@

$(VALIDATORS)/%.mjs: tools/manifests/%.mjs $(VALIDATORS)/.installed
	cp $< $@

manifests: $(VALIDATORS)/validate.mjs $(VALIDATORS)/unknown-keys.mjs $(VENV)/.runtime  ## Validate manifests/: structure, then what promoter lint sees
	node $< $$(find manifests -name '*.yaml')
	$(BIN)/promoter lint --strict

format: $(VENV)/.dev  ## Rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: lint workflows types manifests test  ## Everything that must be clean

bench: $(VENV)/.dev  ## Measure start-up and plan at 1, 100 and 1,000 rollouts
	@$(BIN)/python tools/ensure_prometheus.py >/dev/null
	$(BIN)/python -m bench.plan

bench-github: $(VENV)/.dev  ## Measure requests to GitHub and seconds of a steady tick
	@$(BIN)/python tools/ensure_prometheus.py >/dev/null
	$(BIN)/python -m bench.github

charts: $(VENV)/.dev  ## Put the charts through the real Mermaid and draw the golden bodies (needs npm)
	$(BIN)/python tools/charts.py

bench-live: $(VENV)/.dev  ## Measure the live plant: sticky split, merge to routed, rollback to the last gray answer
	@$(BIN)/python tools/ensure_prometheus.py >/dev/null
	$(BIN)/python -m bench.live

bench-judge: $(VENV)/.dev  ## Hold the judge against its peers on simulated rollouts, time it, draw its pictures (in docs/explanation)
	@$(BIN)/python -m bench.judge --jobs $(JOBS)
	@$(BIN)/python -m bench.pictures
	@$(BIN)/python -m bench.judging

lock: $(VENV)/.dev  ## Resolve the dependencies anew, with hashes
	$(BIN)/python tools/lock.py

clean:  ## Remove what was installed and cached here
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
