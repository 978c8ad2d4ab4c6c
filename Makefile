# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Only calls tests/tools/. Everything is built below .build/.

# Any Python 3.11 or newer that works (shims of pyenv may not). The environments select their own Python.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
RUN = @test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; name one: make PYTHON=/path/to/python3 $@" >&2; exit 1; }; \
	PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" tests/tools

CHECKS = lint licences unit corpus unit-oldest fault-injection-short end-to-end end-to-end-oldest end-to-end-next browser editor search-short search sdk \
	sanity ansible-units ansible-integration ansible-lint molecule docs-lint package controller
TASKS = demo fault-injection fuzz round-trip search-volume coverage docs release format lock bench user-errors tree

.PHONY: help test ready matrix clean $(CHECKS) $(TASKS)

help:
	@echo "make demo                   three session exports: declared, compared, applied, changed by hand, repaired (no Dynatrace needed)"
	@echo "make test                   the checks of a change, with a table at the end"
	@echo
	@echo "Single checks of make test (TEST_ARGS='-k drift' narrows those that run pytest):"
	@echo "make lint                   ruff, yamllint, mypy --strict"
	@echo "make licences               every file names its copyright and licence (REUSE)"
	@echo "make unit                   engine, domains, modules, simulator; make unit-oldest: with the oldest core and packages"
	@echo "make corpus                 the same rules with real schemas and recorded answers, if DYNATRACE_REFERENCE names them"
	@echo "make fault-injection-short  kills, lost answers, conflicts, races, throttling, arbitrary input"
	@echo "make end-to-end             real ansible-playbook runs, newest core"
	@echo "make browser                the report in a browser (needs Chromium)"
	@echo "make search-short           the endpoint check on real Elasticsearch and OpenSearch (needs a JDK 17 and Maven)"
	@echo "make editor                 the schema for editors in two language servers (needs Node.js 20 and npm)"
	@echo "make sdk                    Dynatrace's own clients against the simulator, templates compared with Go (needs Node.js 20 and npm, and Go)"
	@echo "make sanity                 ansible-test sanity; also: make ansible-units, ansible-integration, ansible-lint, docs-lint, package"
	@echo "make molecule               the role in the scenarios of extensions/molecule"
	@echo
	@echo "Not part of make test:"
	@echo "make end-to-end-oldest      the end-to-end runs on the oldest core; make end-to-end-next: the search for secrets on the next one"
	@echo "make controller             job templates, with the code and modules of AWX (a large environment)"
	@echo "make fault-injection        the long form of the fault tests, with counts"
	@echo "make fuzz                   arbitrary input in bulk"
	@echo "make search                 the long form of the tests on search servers: each state of an index on each server"
	@echo "make round-trip             all schemas of the corpus through the playbooks: declared, configured, audited, imported, audited"
	@echo "make search-volume          100,000 sessions on a real OpenSearch, with figures (SEARCH_VOLUME=n: another number)"
	@echo "make matrix                 end-to-end runs and sanity with every supported core (MATRIX='2.18 next' narrows it)"
	@echo "make coverage               lines and branches that unit and end-to-end tests reach: .build/coverage/html/index.html"
	@echo "make docs                   the documentation site: .build/docs/html/index.html; a warning is an error"
	@echo "make ready                  all that a release needs: test, controller, docs, matrix, search, fault-injection, fuzz (two hours)"
	@echo "make release                version and changelog of the next release (VERSION=1.2.3: another version than the proposed one)"
	@echo "make user-errors            the most likely mistakes and their messages, to be read"
	@echo "make bench                  requests, wall and CPU time beside the same work without the collection"
	@echo "make format                 format the Python files"
	@echo "make lock                   requirements/*.txt from *.in (UPGRADE=1: newest versions)"
	@echo "make tree                   the symlink tree to import the collection from"
	@echo "make clean                  remove .build/"

test:
	$(RUN)/check.py

# One after the other, regardless of -j, because each uses all cores.
ready:
	@for command in test controller docs matrix search fault-injection fuzz; do $(MAKE) --no-print-directory $$command || exit 1; done

matrix:
	$(RUN)/check.py --matrix

$(CHECKS):
	$(RUN)/check.py $@

$(TASKS):
	$(RUN)/tasks.py $@

clean:
	rm -rf .build
