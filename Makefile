# Every target works from a plain clone: what it needs, it installs into build/.
PYTHON ?= python3
VENV := build/venv
BIN := $(VENV)/bin
PACKAGE := ansible_collections.windefend.maps
COLLECTIONS := $(CURDIR)/build/collections
CHECKOUT := build/collections/ansible_collections/windefend/maps
RECORDINGS := build/recordings/.complete
DOCS := build/docs
# The locks fit every Python from 3.11 and every system. uv keeps the versions that still fit; UPGRADE=1 takes the newest.
UV := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command 'make lock' $(if $(UPGRADE),--upgrade)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
OTHERS := build/others/.complete
# Only where there are its headers, so that a developer without them can test everything else.
KERBEROS := $(if $(shell command -v krb5-config),$(VENV)/.kerberos)

export ANSIBLE_COLLECTIONS_PATH := $(COLLECTIONS)
export ANSIBLE_HOME := $(CURDIR)/build/ansible
export PYTHONPATH := $(COLLECTIONS)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test lint types unit integration molecule wine perimeter browser docs pages sanity package matrix lock licenses sbom release extended bench bench-quick winsim clean

help: ## show this list
	@awk -F ' *(:[^#]*)?## *' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "make PYTHON=...   choose the Python (3.11 or later) that build/venv is made from"

demo: $(VENV)/.demo ## repair a simulated fleet of Windows endpoints and show what happened
	$(BIN)/python -m $(PACKAGE).demo.run

winsim: $(VENV)/.demo ## keep that fleet running; its inventory is build/winsim/inventory.yml; PORT=... takes another port
	mkdir -p build/winsim
	$(BIN)/python -m $(PACKAGE).winsim serve --fleet demo/fleet.yml --inventory build/winsim/inventory.yml $(if $(PORT),--port $(PORT))

test: lint types $(RECORDINGS) $(OTHERS) $(KERBEROS) ## lint, types, unit and integration tests
	$(BIN)/python -m pytest -n 2 -m "not extended" tests/unit tests/integration

lint: $(VENV)/.test ## linters of code, YAML, roles, documentation and licenses
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	cd $(CHECKOUT) && "$(CURDIR)/$(BIN)/ansible-lint" --offline --profile production
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs $(CHECKOUT)
	$(BIN)/antsibull-changelog lint
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/reuse lint --lines

types: $(VENV)/.test ## mypy
	cd build/collections && "$(CURDIR)/$(BIN)/mypy" --config-file "$(CURDIR)/pyproject.toml" --cache-dir "$(CURDIR)/build/mypy" \
		$(foreach part,plugins winsim demo docs,ansible_collections/windefend/maps/$(part))

unit: $(VENV)/.test ## unit tests
	$(BIN)/python -m pytest -n 2 tests/unit

integration: $(VENV)/.test $(RECORDINGS) $(OTHERS) $(KERBEROS) ## integration tests: real ansible-playbook against simulated hosts
	$(BIN)/python -m pytest -n 2 -m "not extended" tests/integration

extended: $(VENV)/.test $(RECORDINGS) $(OTHERS) $(KERBEROS) ## the integration tests that are slow and rarely break; run them before a release
	$(BIN)/python -m pytest -n 2 -m extended tests/integration

molecule: $(VENV)/.test ## run the Molecule scenarios, and a third party's role tested with the built collection; SCENARIO chooses
	extensions/molecule/run $(if $(SCENARIO),--scenario-name $(SCENARIO))
	$(if $(SCENARIO),,$(BIN)/python -m pytest -m molecule tests/molecule)

# Once in a few thousand starts Wine loses a program, so a test that failed is tried again and reported as a rerun.
wine: $(VENV)/.test ## compare with Wine's own cmd.exe and reg.exe (tests/wine/install installs Wine on Debian)
	$(BIN)/python -m pytest -m wine --reruns 3 -rR tests/wine

perimeter: $(VENV)/.test ## let squid, nft and others read the exported lists (tests/perimeter/install installs them)
	$(BIN)/python -m pytest -m perimeter tests/perimeter

# The tests open the site too.
browser: $(VENV)/.test docs ## open the report in Chromium and use it (tests/browser/install installs it)
	$(BIN)/python -m pytest -n 2 -m browser tests/browser

pages: $(VENV)/.test ## type the commands that the pages show, against simulated hosts
	$(BIN)/python -m pytest -n 2 -m pages tests/pages

sanity: $(VENV)/.test ## ansible-test sanity
	$(BIN)/python -m $(PACKAGE).tests.sanity.run build/sanity

package: $(VENV)/.test ## build the collection into build/package, and try it in an empty environment
	$(BIN)/python -m pytest -m package tests/package

# An hour on two cores.
matrix: $(VENV)/.test $(RECORDINGS) $(OTHERS) ## tests and sanity with every supported ansible-core; CORES=2.21 chooses
	$(BIN)/python -m $(PACKAGE).tests.matrix.run build/matrix $(foreach core,$(CORES),--core $(core))

lock: ## pin what demo and test install, with hashes; UPGRADE=1 takes the newest versions
	test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	$(UV) --output-file tests/lock.txt tests/requirements.txt docs/requirements.txt demo/requirements.txt
	$(UV) --output-file demo/lock.txt --constraint tests/lock.txt requirements.txt winsim/requirements.txt demo/requirements.txt
	$(UV) --output-file tests/clients/awinrm.txt tests/clients/awinrm.in
	$(UV) --output-file tests/clients/pypsrp.txt tests/clients/pypsrp.in
	$(UV) --output-file tests/kerberos/packages.txt --constraint tests/lock.txt tests/kerberos/packages.in
	$(UV) --output-file tests/clients/rulebook.txt tests/clients/rulebook.in

licenses: $(VENV)/.test ## check the licenses of what the collection needs at run time
	$(BIN)/python -m $(PACKAGE).tests.supply_chain.licenses

sbom: $(VENV)/.test ## write the list of what the collection needs (CycloneDX) into build/package
	$(BIN)/python -m $(PACKAGE).tests.supply_chain.sbom build/package

release: $(VENV)/.test ## check all, write the changelog, build and tag the version that galaxy.yml names
	.ci/release

# The source is gathered and generated each time. A warning is an error.
docs: $(VENV)/.test ## build the documentation site in build/docs/site, and check its spelling
	$(BIN)/python -m $(PACKAGE).docs.site.pages $(DOCS)/source
	mkdir -p $(DOCS)/source/reference
	$(BIN)/antsibull-docs collection --use-current --squash-hierarchy --fail-on-error \
		--dest-dir $(DOCS)/source/reference windefend.maps
	rm -rf $(DOCS)/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs/site -d $(DOCS)/doctrees $(DOCS)/source $(DOCS)/site
	$(BIN)/codespell
	@echo "The site is in $(DOCS)/site; open $(DOCS)/site/index.html"

bench: $(VENV)/.test $(OTHERS) $(KERBEROS) ## run the whole benchmark (docs/benchmark.md); PARTS=... chooses
	$(BIN)/python -m $(PACKAGE).tests.benchmark $(if $(PARTS),--parts $(PARTS))

bench-quick: $(VENV)/.test $(OTHERS) ## three minutes of the benchmark
	$(BIN)/python -m $(PACKAGE).tests.benchmark --quick

clean: ## remove build/, which holds everything that the other targets make
	rm -rf build

# The checkout under the name by which Ansible and Python find it.
$(CHECKOUT):
	mkdir -p $(dir $@)
	ln -sfn "$(CURDIR)" $@

# A stamp, not bin/python, which exists also if making the environment was interrupted. Remove a partial environment first:
# it would shadow the system Python on PATH.
$(VENV)/.made:
	@rm -rf $(VENV)
	@$(PYTHON) demo/check_python.py
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: demo/lock.txt | $(VENV)/.made $(CHECKOUT)
	$(INSTALL) -r demo/lock.txt
	touch $@

$(VENV)/.test: tests/lock.txt | $(VENV)/.demo
	$(INSTALL) -r tests/lock.txt
	touch $@

$(VENV)/.kerberos: tests/kerberos/packages.txt | $(VENV)/.test
	$(INSTALL) -r tests/kerberos/packages.txt
	touch $@

# Conversations recorded on real Windows; they come with pypsrp's source distribution.
$(RECORDINGS): | $(VENV)/.test
	mkdir -p build/recordings
	echo 'pypsrp==0.9.1 --hash=sha256:3ad41285739d5f8107dd8277ae00e86ee44153aae5e82fb578ac8048307e0d12' | \
		$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest build/recordings -r /dev/stdin
	tar -xzf build/recordings/pypsrp-0.9.1.tar.gz -C build/recordings
	touch $@

# The third-party collections that tests use and the benchmark compares with, from the package ansible.
$(OTHERS): | $(VENV)/.test
	mkdir -p build/others
	echo 'ansible==12.3.0 --hash=sha256:cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414' | \
		$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest build/others -r /dev/stdin
	$(BIN)/python tests/support/unpack_collections.py build/others/ansible-12.3.0-py3-none-any.whl build/others \
		awx ansible/windows community/windows
	rm build/others/ansible-12.3.0-py3-none-any.whl
	touch $@
