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

export ANSIBLE_COLLECTIONS_PATH := $(COLLECTIONS)
export ANSIBLE_HOME := $(CURDIR)/build/ansible
export PYTHONPATH := $(COLLECTIONS)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo test lint types unit integration molecule wine perimeter browser docs pages sanity package matrix lock licenses sbom release bench bench-quick winsim clean

help:
	@echo "make demo         repair a simulated fleet of Windows endpoints and show what happened"
	@echo "make winsim       keep that fleet running; its inventory is build/winsim/inventory.yml"
	@echo "make test         lint, types, unit and integration tests; each also alone: make lint, types, unit, integration"
	@echo "make molecule     run the Molecule scenarios, and the example of a role of somebody else's from the built collection"
	@echo "make wine         compare with Wine's own cmd.exe and reg.exe (tests/wine/install installs Wine on Debian)"
	@echo "make perimeter    let squid, nft and others read the exported lists (tests/perimeter/install installs them)"
	@echo "make browser      open the report in Chromium and use it (tests/browser/install installs it)"
	@echo "make docs         build the site of all documentation in build/docs/site, and check its spelling"
	@echo "make pages        type the commands that the pages show, against simulated hosts"
	@echo "make sanity       ansible-test sanity"
	@echo "make package      build the collection into build/package, and try it where nothing else is"
	@echo "make matrix       the tests and sanity with every ansible-core in support; CORES=2.21 chooses"
	@echo "make lock         pin what make demo and make test install, with hashes; UPGRADE=1 takes the newest versions"
	@echo "make licenses     the licenses of what the collection needs at run time; one that does not fit is an error"
	@echo "make sbom         write the list of what the collection needs (CycloneDX) into build/package"
	@echo "make release      check all, write the changelog, build and tag the version that galaxy.yml names"
	@echo "make bench-quick  three minutes of the benchmark; make bench runs all of it (docs/benchmark.md says what came of it)"
	@echo "make clean        remove build/, where everything lies that the others made"
	@echo "make PYTHON=...   choose the Python (3.11 or later) that build/venv is made from"

demo: $(VENV)/.demo
	$(BIN)/python -m $(PACKAGE).demo.run

winsim: $(VENV)/.demo
	mkdir -p build/winsim
	$(BIN)/python -m $(PACKAGE).winsim serve --fleet demo/fleet.yml --inventory build/winsim/inventory.yml

test: lint types
	$(BIN)/python -m pytest -n 2 tests/unit tests/integration

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	cd $(CHECKOUT) && "$(CURDIR)/$(BIN)/ansible-lint" --offline --profile production
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs $(CHECKOUT)
	$(BIN)/antsibull-changelog lint
	$(BIN)/reuse lint --lines

types: $(VENV)/.test
	cd build/collections && "$(CURDIR)/$(BIN)/mypy" --config-file "$(CURDIR)/pyproject.toml" --cache-dir "$(CURDIR)/build/mypy" \
		$(foreach part,plugins winsim demo docs,ansible_collections/windefend/maps/$(part))

unit: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 tests/unit

integration: $(VENV)/.test $(RECORDINGS) $(OTHERS)
	$(BIN)/python -m pytest -n 2 tests/integration

test: $(RECORDINGS) $(OTHERS)

molecule: $(VENV)/.test
	extensions/molecule/run $(if $(SCENARIO),--scenario-name $(SCENARIO))
	$(if $(SCENARIO),,$(BIN)/python -m pytest -m molecule tests/molecule)

# Once in a few thousand starts Wine loses a program, so a test that failed is tried again, and told as rerun.
wine: $(VENV)/.test
	$(BIN)/python -m pytest -m wine --reruns 3 -rR tests/wine

perimeter: $(VENV)/.test
	$(BIN)/python -m pytest -m perimeter tests/perimeter

# The site is one of the things that are opened.
browser: $(VENV)/.test docs
	$(BIN)/python -m pytest -n 2 -m browser tests/browser

pages: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 -m pages tests/pages

sanity: $(VENV)/.test
	$(BIN)/python -m $(PACKAGE).tests.sanity.run build/sanity

package: $(VENV)/.test
	$(BIN)/python -m pytest -m package tests/package

# An hour on two cores.
matrix: $(VENV)/.test $(RECORDINGS) $(OTHERS)
	$(BIN)/python -m $(PACKAGE).tests.matrix.run build/matrix $(foreach core,$(CORES),--core $(core))

lock:
	test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	$(UV) --output-file tests/lock.txt tests/requirements.txt docs/requirements.txt demo/requirements.txt
	$(UV) --output-file demo/lock.txt --constraint tests/lock.txt requirements.txt winsim/requirements.txt demo/requirements.txt

licenses: $(VENV)/.test
	$(BIN)/python -m $(PACKAGE).tests.supply_chain.licenses

sbom: $(VENV)/.test
	$(BIN)/python -m $(PACKAGE).tests.supply_chain.sbom build/package

release: $(VENV)/.test
	.ci/release

# What is called the source here is gathered and generated, so it begins anew each time. A warning is an error.
docs: $(VENV)/.test
	$(BIN)/python -m $(PACKAGE).docs.site.pages $(DOCS)/source
	mkdir -p $(DOCS)/source/reference
	$(BIN)/antsibull-docs collection --use-current --squash-hierarchy --fail-on-error \
		--dest-dir $(DOCS)/source/reference windefend.maps
	rm -rf $(DOCS)/site
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs/site -d $(DOCS)/doctrees $(DOCS)/source $(DOCS)/site
	$(BIN)/codespell
	@echo "The site lies in $(DOCS)/site; open $(DOCS)/site/index.html"

bench: $(VENV)/.test $(OTHERS)
	$(BIN)/python -m $(PACKAGE).tests.benchmark

bench-quick: $(VENV)/.test $(OTHERS)
	$(BIN)/python -m $(PACKAGE).tests.benchmark --quick

clean:
	rm -rf build

# The checkout, wherever it was cloned, under the name by which Ansible and Python find it.
$(CHECKOUT):
	mkdir -p $(dir $@)
	ln -sfn "$(CURDIR)" $@

# A stamp, not bin/python: that exists also where making the environment was cut short. What was left of it goes first,
# because it comes first on PATH.
$(VENV)/.made:
	@rm -rf $(VENV)
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; say make PYTHON=python3.12") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: demo/lock.txt | $(VENV)/.made $(CHECKOUT)
	$(INSTALL) -r demo/lock.txt
	touch $@

$(VENV)/.test: tests/lock.txt | $(VENV)/.demo
	$(INSTALL) -r tests/lock.txt
	touch $@

# Conversations recorded on real Windows; they come with pypsrp's source distribution.
$(RECORDINGS): | $(VENV)/.test
	mkdir -p build/recordings
	echo 'pypsrp==0.9.1 --hash=sha256:3ad41285739d5f8107dd8277ae00e86ee44153aae5e82fb578ac8048307e0d12' | \
		$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest build/recordings -r /dev/stdin
	tar -xzf build/recordings/pypsrp-0.9.1.tar.gz -C build/recordings
	touch $@

# The collections of others that tests use and the benchmark compares with; they come with the package ansible, of which
# nothing else is wanted.
$(OTHERS): | $(VENV)/.test
	mkdir -p build/others
	echo 'ansible==12.3.0 --hash=sha256:cd156f82fa87f7a899212b0efa9f7ca3a24d609212de9f78428a572eb01e5414' | \
		$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest build/others -r /dev/stdin
	$(BIN)/python -c 'import zipfile; z = zipfile.ZipFile("build/others/ansible-12.3.0-py3-none-any.whl"); z.extractall("build/others", [n for n in z.namelist() if n.startswith(tuple(f"ansible_collections/{c}/" for c in ("awx", "ansible/windows", "community/windows")))])'
	rm build/others/ansible-12.3.0-py3-none-any.whl
	touch $@
