# Everything a newcomer or a developer runs. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Test files at a time: most of their time they wait for brokers and workers.
JOBS   ?= 4
# Likewise on a real Kafka, where each process of tests starts a broker of its own.
KAFKA_JOBS ?= 2
.DEFAULT_GOAL := help
.PHONY: help run run-intake test test-thorough test-slow test-kafka torture lint types check bench bench-decoding bench-scrape bench-columns bench-intake bench-wallboards bench-peers lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(VENV)/run.stamp: requirements/run.lock requirements/build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "deskpulse needs Python 3.11 or newer; choose one with: make run PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

run: $(VENV)/run.stamp ## start a simulated desk, a broker and a worker; Ctrl-C ends it
	@exec $(BIN)/deskpulse demo

run-intake: $(VENV)/run.stamp ## start a broker, a worker and an intake of webhooks, for curl; Ctrl-C ends it
	@exec $(BIN)/deskpulse demo --intake

test: $(VENV)/dev.stamp ## unit, property and engine tests against the embedded broker
	$(BIN)/python -W error -m pytest -n $(JOBS) --dist loadfile

test-thorough: $(VENV)/dev.stamp ## the properties alone, each tried four times as often
	$(BIN)/python -W error -m pytest -n $(JOBS) -m "hypothesis and not slow and not kafka" --hypothesis-profile=thorough --timeout=900

test-slow: $(VENV)/dev.stamp ## torture (kill -9), hostile input, real Prometheus, real browser
	$(BIN)/python -W error -m pytest -m "slow and not kafka"

test-kafka: $(VENV)/dev.stamp ## the same behaviour on a real Apache Kafka (needs Java 17 and Maven)
	$(BIN)/python -W error -m pytest -n $(KAFKA_JOBS) --dist loadfile -m kafka

SEED ?= 1
MINUTES ?= 10
torture: $(VENV)/dev.stamp ## faults on desks of a three-broker Kafka; SEED=1 MINUTES=10 (needs Java 17 and Maven)
	$(BIN)/python -W error -m tests.torture --seed $(SEED) --minutes $(MINUTES) $(TORTURE_OPTIONS)

bench: $(VENV)/dev.stamp ## events a second of one worker on one core, beside stock Faust
	$(BIN)/python -m benchmarks.throughput

bench-decoding: $(VENV)/dev.stamp ## what it costs to decode an event, beside pydantic alone
	$(BIN)/python -m benchmarks.decoding

bench-scrape: $(VENV)/dev.stamp ## what a million open tickets cost: memory, a tick, a scrape
	$(BIN)/python -m benchmarks.scrape

bench-columns: $(VENV)/dev.stamp ## what numbers cost: an event, and a tick of a full desk
	$(BIN)/python -m benchmarks.columns

bench-intake: $(VENV)/dev.stamp ## signed webhooks a second on one core, and where the time goes
	$(BIN)/python -m benchmarks.intake --profile

bench-wallboards: $(VENV)/dev.stamp ## how soon an event is on 200 wallboards and on a page, and what they cost
	$(BIN)/python -m benchmarks.streams
	$(BIN)/python -m benchmarks.page

bench-peers: $(VENV)/dev.stamp ## what an event costs here and in other stream processors, and what they answer (Java 17, Maven)
	$(BIN)/python -m benchmarks.peers

lint: $(VENV)/dev.stamp ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp ## mypy --strict
	$(BIN)/mypy

check: lint types test ## what to run before a commit

PIN := uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --quiet
lock: ## pin every dependency again (needs uv)
	$(PIN) pyproject.toml --extra embedded --extra verify --group dev -o requirements/dev.lock
	$(PIN) pyproject.toml --extra embedded --extra verify -c requirements/dev.lock -o requirements/run.lock
	$(PIN) pyproject.toml -c requirements/dev.lock -o requirements/worker.lock
	$(PIN) --group build -c requirements/dev.lock -o requirements/build.lock
	echo confluent-kafka==2.16.1 orjson | tr ' ' '\n' | $(PIN) - -o requirements/peers-confluent.lock
	echo quixstreams==3.28.1 | $(PIN) - -o requirements/peers-quix.lock
	echo 'bytewax[kafka]==0.21.1' orjson | tr ' ' '\n' | $(PIN) - -o requirements/peers-bytewax.lock
	echo pathway==0.33.0 | $(PIN) - -o requirements/peers-pathway.lock

clean: ## remove the venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
