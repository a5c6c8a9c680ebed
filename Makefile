# The two commands to know: `make demo` and `make test`. `make help` lists the rest.

PYTHON ?= python3
SWIFT ?= swift
VENV := .venv
VENV_STAMP := $(VENV)/.installed
SOURCES := Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Benchmarks \
	Benchmarks/Tools

.DEFAULT_GOAL := help
.PHONY: help deps venv build demo test interop simulate examples sanitize lambda lambda-al2023 \
	lambda-local demo-aws local-aws test-deploy test-deploy-here test-deploy-quick format lint bench clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

deps: ## Install the C libraries and Python's venv where they are missing (apt-get)
	@./scripts/install-dependencies.sh

venv: deps $(VENV_STAMP) ## Make the Python environment that the tests read and write with

$(VENV_STAMP): Tests/Interop/requirements.txt
	$(VENV)/bin/python -c 'import pip' 2>/dev/null || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(VENV)/.installed-peers: Benchmarks/requirements.txt $(VENV_STAMP)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

build: deps ## Build the command, optimised, into .build/release
	$(SWIFT) build -c release --product event-checkpoint

demo: build ## Generate events, make checkpoints of them twice, and show the rows
	@./scripts/demo.sh

test: venv ## Run all tests: Swift's, then interoperability with Python's readers and the simulation
	$(SWIFT) build --build-tests
	SWIFT="$(SWIFT)" $(PYTHON) scripts/run_tests.py --skip-build
	$(MAKE) --no-print-directory interop simulate

# Against the optimised build: it is what people run, and the optimiser has had bugs that only an
# end-to-end run shows.
interop: venv build ## Run only the interoperability tests, against the optimised programs
	$(SWIFT) build -c release --product bootstrap
	bin="$$($(SWIFT) build -c release --show-bin-path)" && \
	  EVENT_CHECKPOINT_BIN="$$bin/event-checkpoint" BOOTSTRAP_BIN="$$bin/bootstrap" \
	  $(VENV)/bin/python -m pytest -q -p no:cacheprovider Tests/Interop

# A seed is a whole history; SEED=... plays one alone and prints what happens.
SEEDS ?= 3000
FROM ?= 0

simulate: deps ## Play SEEDS=3000 seeded histories of runs and faults, FROM=0 on, or one SEED
	$(SWIFT) build -c release --product simulate
	"$$($(SWIFT) build -c release --show-bin-path)/simulate" \
	  $(if $(SEED),--seed $(SEED),--seeds $(SEEDS) --from $(FROM))

examples: venv build ## Build and run the packages of Examples/, each of which uses one module
	EVENT_CHECKPOINT_BIN="$$($(SWIFT) build -c release --show-bin-path)/event-checkpoint" \
	  ./scripts/examples.sh

sanitize: venv ## Run the decoders' tests on hostile input under the address sanitizer
	SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 \
	  $(SWIFT) test --sanitize=address --scratch-path .build-sanitize \
	  --filter 'ParquetKitTests|EventLogModelTests|S3LiteTests'

# With ALLOW_GLIBC=2.36, say, also what needs a newer glibc than Lambda has is packed, for other places.
LAMBDA := .build/lambda

lambda: deps ## Pack the Lambda function for this architecture into .build/lambda
	$(PYTHON) scripts/package_lambda.py archives .build-static/archives
	PKG_CONFIG_PATH="$(CURDIR)/.build-static/archives" $(SWIFT) build -c release --product bootstrap \
	  --static-swift-stdlib --scratch-path .build-static \
	  -Xlinker -L"$(CURDIR)/.build-static/archives" -Xlinker --no-export-dynamic
	$(SWIFT) build -c release --product bootstrap
	SWIFT="$(SWIFT)" $(PYTHON) scripts/package_lambda.py pack --output $(LAMBDA) \
	  --static .build-static/release/bootstrap --layered .build/release/bootstrap \
	  $(if $(ALLOW_GLIBC),--allow-glibc $(ALLOW_GLIBC))
	$(PYTHON) scripts/check_lambda.py $(LAMBDA)

# The same for the C library of this machine, to run here and not to be deployed.
LAMBDA_LOCAL := .build/lambda-local

lambda-local:
	@$(MAKE) --no-print-directory lambda LAMBDA=$(LAMBDA_LOCAL) \
	  ALLOW_GLIBC=$$(getconf GNU_LIBC_VERSION | cut -d' ' -f2)

LOCAL_AWS := PYTHONPATH=scripts $(VENV)/bin/python -m local_aws

$(VENV)/.installed-deploy: Tests/Deploy/requirements.txt $(VENV_STAMP)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.venv-deploy/.installed: Tests/Deploy/requirements-checkov.txt
	$(PYTHON) -m venv .venv-deploy
	.venv-deploy/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

demo-aws: venv build lambda-local ## Deploy to an AWS on this machine with Terraform, use it, destroy it
	@$(LOCAL_AWS) demo --packages $(LAMBDA_LOCAL) \
	  --command "$$($(SWIFT) build -c release --show-bin-path)/event-checkpoint"

local-aws: venv ## Leave an AWS running on this machine, in which deployed functions run
	@$(LOCAL_AWS) serve

test-deploy: venv ## Test docs/deploy with Terraform against an AWS on this machine, where Terraform is
	@if reason=$$($(LOCAL_AWS) check); then \
	  $(MAKE) --no-print-directory test-deploy-$(if $(filter quick,$(DEPLOY_TESTS)),quick,here); \
	else \
	  echo "docs/deploy is not tested: $$reason"; \
	fi

test-deploy-here: $(VENV)/.installed-deploy .venv-deploy/.installed lambda-local
	LAMBDA_PACKAGES="$(CURDIR)/$(LAMBDA_LOCAL)" PYTHON=$(VENV)/bin/python ./scripts/test-deploy.sh

# DEPLOY_TESTS=quick: what needs no packages and applies nothing.
test-deploy-quick: $(VENV)/.installed-deploy .venv-deploy/.installed
	$(VENV)/bin/python -m pytest -q -rs -p no:cacheprovider \
	  Tests/Deploy/test_terraform.py Tests/Deploy/test_checkov.py Tests/Deploy/test_local_aws.py

# PLATFORM=linux/arm64, say, packs for another architecture.
lambda-al2023: ## Pack the Lambda function in a container of Amazon Linux 2023 (needs Docker)
	docker build --file docs/deploy/Dockerfile.al2023 $(if $(PLATFORM),--platform $(PLATFORM)) \
	  --output type=local,dest=$(LAMBDA) .

format: ## Format all Swift files in place
	$(SWIFT) format --in-place --recursive $(SOURCES)

lint: ## Check the format of all Swift files
	$(SWIFT) format lint --strict --recursive $(SOURCES)

bench: build lambda-local $(VENV)/.installed-peers ## Measure speed beside Python's libraries, as a table of ratios
	@./scripts/bench.sh

clean: ## Remove everything that was built, generated or installed here
	rm -rf .build .build-sanitize .build-static .build-examples Benchmarks/.build $(VENV) .venv-deploy \
	  .demo
