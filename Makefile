# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A thin front door: the work is done by tests/tools/. Everything that is built lies under .build/.

# Any Python 3.11 or newer that really runs (pyenv's shims may not); the environments choose their own.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
RUN = @test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; name one: make PYTHON=/path/to/python3 $@" >&2; exit 1; }; \
	PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" tests/tools

CHECKS = lint licences unit corpus unit-oldest fault-injection-short end-to-end end-to-end-oldest end-to-end-next browser editor sanity ansible-lint molecule docs-lint package

.PHONY: help demo test ready $(CHECKS) controller fault-injection fuzz coverage matrix docs release format lock bench user-errors tree clean

help:
	@echo "make demo          see three session exports declared, diffed, applied, drifted and repaired (no Dynatrace needed)"
	@echo "make test          the checks of a change, with a table at the end (all below, but those that are said to be left out)"
	@echo "make ready         all that a release takes: test, controller, docs, matrix, fault-injection (more than an hour)"
	@echo "make lint          ruff, yamllint, mypy --strict"
	@echo "make licences      every file says whose it is and under which licence (REUSE)"
	@echo "make unit          engine, domain, modules, simulator        (TEST_ARGS='-k drift' narrows any pytest step)"
	@echo "make corpus        the same rules with real schemas and recorded answers, which DYNATRACE_REFERENCE names"
	@echo "make whole         real ansible-playbook runs, newest core"
	@echo "make unit-oldest   the same on the oldest core, with the oldest packages (make end-to-end-oldest: the whole runs, left out of make test)"
	@echo "make end-to-end-next    the search for leaked secrets on the pre-release of the next core (left out of make test)"
	@echo "make browser       the page of the report in a browser (needs Chromium)"
	@echo "make editor        the schema for editors, in two language servers (needs Node.js 20 and npm)"
	@echo "make sanity        ansible-test sanity; make ansible-lint, make docs-lint, make package: the other field tools"
	@echo "make molecule      the role in the scenarios of extensions/molecule"
	@echo "make controller    job templates, with AWX's own code and modules (a large environment, so it is not part of make test)"
	@echo "make format        format the Python files"
	@echo "make fault-injection       the long form of the fault tests (make fault-injection-short: that of make test), with counts"
	@echo "make fuzz          arbitrary input in bulk"
	@echo "make coverage      lines and branches that unit and end-to-end tests reach, .build/coverage/html/index.html"
	@echo "make docs          the documentation site, .build/docs/html/index.html; a warning is an error"
	@echo "make matrix        the whole runs and sanity with every supported core, with a table (MATRIX='2.18 next' narrows it)"
	@echo "make release       version and changelog of the next release, into the checkout (VERSION=1.2.3: another than proposed)"
	@echo "make user-errors      the most likely mistakes, and what the terminal says of each"
	@echo "make bench         requests, wall and CPU beside the same work written by hand"
	@echo "make lock          write requirements/*.txt from *.in (UPGRADE=1: newest versions)"
	@echo "make tree          the symlink tree to import the collection from"
	@echo "make clean         remove .build/"

test:
	$(RUN)/check.py

# One after the other, whatever -j says: each uses all cores.
ready:
	@for command in test controller docs matrix fault-injection; do $(MAKE) --no-print-directory $$command || exit 1; done

$(CHECKS) controller:
	$(RUN)/check.py $@

demo fault-injection fuzz coverage matrix docs release format lock bench user-errors tree:
	$(RUN)/tasks.py $@

clean:
	rm -rf .build
