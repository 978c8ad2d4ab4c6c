# Copyright (c) 2026, community.dynatrace contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Only calls tests/tools/. Everything is built below .build/.

# Any Python 3.11 or newer that works (shims of pyenv may not). The environments select their own Python.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
RUN = @test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; name one: make PYTHON=/path/to/python3 $@" >&2; exit 1; }; \
	PYTHONDONTWRITEBYTECODE=1 "$(PYTHON)" tests/tools

CHECKS = lint licences unit corpus unit-oldest fault-injection-short end-to-end end-to-end-oldest end-to-end-next browser editor sdk sanity ansible-lint molecule docs-lint package

.PHONY: help demo test ready $(CHECKS) controller fault-injection fuzz coverage matrix docs release format lock bench user-errors tree clean

help:
	@echo "make demo             show the collection in action against the simulator (no Dynatrace environment needed)"
	@echo "make test             run the checks of a change, and print a table of their results"
	@echo "make ready            run everything that a release requires: test, controller, docs, matrix, fault-injection (more than an hour)"
	@echo "make lint             ruff, yamllint, mypy --strict"
	@echo "make licences         check the license information of every file (REUSE)"
	@echo "make unit             unit tests: engine, domains, modules, simulator (TEST_ARGS='-k drift' selects tests in any pytest step)"
	@echo "make unit-oldest      the same with the oldest ansible-core and packages (also end-to-end-oldest, not part of make test)"
	@echo "make corpus           repeat the tests of schema rules with real schemas and recorded responses (DYNATRACE_REFERENCE names the folder)"
	@echo "make end-to-end       real ansible-playbook runs with the latest ansible-core"
	@echo "make end-to-end-next  the search for leaked secrets with the pre-release of the next ansible-core (not part of make test)"
	@echo "make browser          the report page in a browser (needs Chromium)"
	@echo "make editor           the JSON Schema for editors in two language servers (needs Node.js 20 and npm)"
	@echo "make sdk              Dynatrace's own clients against the simulator (the JavaScript client needs Node.js 20 and npm)"
	@echo "make sanity           ansible-test sanity; also make ansible-lint, make docs-lint, make package"
	@echo "make molecule         the role in the scenarios of extensions/molecule"
	@echo "make controller       job templates with AWX's own code and modules (a large environment, not part of make test)"
	@echo "make format           format the Python files"
	@echo "make fault-injection  the long form of the fault-injection tests, with counts (make fault-injection-short: the form in make test)"
	@echo "make fuzz             large numbers of random inputs"
	@echo "make coverage         coverage of lines and branches by unit and end-to-end tests, .build/coverage/html/index.html"
	@echo "make docs             build the documentation site, .build/docs/html/index.html; a warning is an error"
	@echo "make matrix           end-to-end and sanity tests with every supported ansible-core (MATRIX='2.18 next' selects versions)"
	@echo "make release          set the version and write the changelog of the next release (VERSION=1.2.3 overrides the version)"
	@echo "make user-errors      print the messages for the most common mistakes"
	@echo "make bench            run the benchmark: requests, time, and CPU compared with hand-written alternatives"
	@echo "make lock             write requirements/*.txt from *.in (UPGRADE=1: latest versions)"
	@echo "make tree             create the symlink tree from which the collection can be imported"
	@echo "make clean            remove .build/"

test:
	$(RUN)/check.py

# One after the other, regardless of -j, because each uses all cores.
ready:
	@for command in test controller docs matrix fault-injection; do $(MAKE) --no-print-directory $$command || exit 1; done

$(CHECKS) controller:
	$(RUN)/check.py $@

demo fault-injection fuzz coverage matrix docs release format lock bench user-errors tree:
	$(RUN)/tasks.py $@

clean:
	rm -rf .build
