# Everything a developer types. Each command replaces its shell (exec), so that Ctrl-C and TERM reach the program itself.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help venv demo demo-reset test keuring bench lint format requirements

PYTHON ?= python3
BIN := .venv/bin
PINS := requirements-lokaal.txt

help: ## laat deze lijst zien
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

venv: ## maak of ververs .venv met de vastgelegde pakketten
	@wanted=$$(sha256sum $(PINS))
	if [ "$$(cat .venv/pakketten.sha256 2>/dev/null)" = "$$wanted" ] && $(BIN)/python -c ''; then exit 0; fi
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then
	  command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is niet gevonden: installeer Python 3.11 of nieuwer, of kies er een met PYTHON=."; exit 1; }
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is te oud: Python 3.11 of nieuwer is nodig; kies er een met PYTHON=."; exit 1; }
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) kan geen virtuele omgeving maken: installeer dat deel met 'apt-get install -y python3-venv'."; exit 1; }
	  $(PYTHON) -m venv --clear .venv
	fi
	echo "De pakketten worden geïnstalleerd in .venv."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(PINS) \
	  || { echo "De pakketten zijn niet geïnstalleerd: is er netwerk?"; exit 1; }
	echo "$$wanted" > .venv/pakketten.sha256

demo: venv ## start het portaal met voorbeeldgegevens; Ctrl-C stopt alles
	@exec $(BIN)/python manage.py demo

demo-reset: venv ## start de demo met nieuwe gegevens
	@exec $(BIN)/python manage.py demo --reset

test: venv ## de poort: alle controles en alle tests
	@exec $(BIN)/python -m mijnduo.lokaal.gate

keuring: venv ## keur een eigen portaal van buitenaf, of een ander (PORTAAL=adres HM_SLEUTEL=bestand)
	@exec $(BIN)/python -m $(if $(PORTAAL),buitenwereld.keuring,mijnduo.lokaal.keuring)

bench: venv ## meet de doelen (ONLY=naam voor één ervan)
	@exec $(BIN)/python -m mijnduo.lokaal --fsync -- $(BIN)/python -m bench $(ONLY)

lint: venv ## alleen de snelle controles
	@$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/djlint . --check --lint --quiet
	$(BIN)/lint-imports

format: venv ## zet code en sjablonen in de afgesproken vorm
	@$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format
	$(BIN)/djlint . --reformat --quiet

requirements: venv ## leg de pakketten opnieuw vast (requirements*.txt)
	@PATH="$$PWD/$(BIN):$$PATH"
	command -v uv >/dev/null || { echo "uv is niet gevonden: installeer het met '$(BIN)/pip install uv'."; exit 1; }
	compile="uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url"
	$$compile --upgrade requirements-lokaal.in -o requirements-lokaal.txt
	$$compile requirements.in -c requirements-lokaal.txt -o requirements.txt
	$$compile requirements-buitenwereld.in -c requirements-lokaal.txt -o requirements-buitenwereld.txt
