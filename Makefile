# The map: `make help`. Verbs of one service live in shared/make/service.mk, the tools behind them in tools/.

PYTHON      ?= python3
ENVIRONMENT ?= local
export PYTHON ENVIRONMENT CONFIRM ECOM_LOCAL_DIR ECOM_PORT
# Everything starts two to three times faster with bytecode; it is written inside the checkout.
unexport PYTHONDONTWRITEBYTECODE

SERVICES := $(sort $(patsubst %/metadata.yaml,%,$(wildcard */metadata.yaml)))
VERBS := ci all lint build tests-unit tests-integ tests-infra tests-deployed package artifacts check-deps deploy \
         teardown clean deps
NEED_RUN := build package artifacts check-deps deploy teardown clean deps
NEED_DEV := tests-unit tests-integ tests-infra tests-deployed
PLATFORM := run up down status demo mail redrive reconcile new-service test bench tests-e2e bootstrap-pipeline lock setup
TOOLS = @.venv/bin/python -m tools
# A switch such as FRESH=1. `FRESH=no`, `0`, `off` and `false` are off.
on = $(filter-out 0 no off false,$(1))

.DEFAULT_GOAL := help
.PHONY: help $(PLATFORM) $(VERBS) $(foreach verb,$(VERBS),$(SERVICES:%=$(verb)-%))

help:
	@echo "Run it"
	@echo "  make run                the whole platform on this machine, in the foreground (FRESH=1: delete all state first)"
	@echo "  make up | down | status the same in the background; stop it; is it running?"
	@echo "  make demo               on the running platform: an order from price to parcel, with each request and event"
	@echo "                          (FAIL=packaging, delivery, payment or cancel: how it goes wrong)"
	@echo "  make mail [TO=address]  the mails that were sent; none leaves this machine (ARGS=--help)"
	@echo
	@echo "Check it"
	@echo "  make test               every check that needs no AWS account"
	@echo "  make bench              measurements, on a platform of its own (ONLY=name: just that one)"
	@echo "  make tests-e2e          the tests of the whole platform, against a running one"
	@echo
	@echo "Operate it"
	@echo "  make redrive SERVICE=orders [--dry-run] [EVENT= ABOUT= ERROR= ID=]"
	@echo "                          dead letters: list them with their causes, send them back (ARGS=--help)"
	@echo "  make reconcile [REPAIR=1] [ARGS='--older-than 5 --json ...']"
	@echo "                          orders, money and goods that do not agree, with ids, ages and what to do"
	@echo
	@echo "Build on it (docs/consuming_events.md)"
	@echo "  make new-service NAME=loyalty CONSUMES=OrderCreated,DeliveryCompleted [PUBLISHES=PointsEarned]"
	@echo "                          a service that reacts to events: tested, ready to be deployed"
	@echo "                          (QUEUE=1: they wait in a queue, for a service that calls another system)"
	@echo
	@echo "For one service: make VERB-SERVICE; for all, in the order of their dependencies: make VERB"
	@echo "  ci                      lint, build, tests-unit, tests-infra"
	@echo "  all                     ci, deploy, tests-integ"
	@echo "  lint                    style, types, templates, schemas, contracts (BASE=revision: events since then)"
	@echo "  build                   stage the Lambda package"
	@echo "  tests-unit              tests of the code alone"
	@echo "  tests-infra             tests of the template"
	@echo "  tests-integ             tests against imitated AWS, and tests-deployed where the platform runs"
	@echo "  tests-deployed          black-box tests against the deployed service"
	@echo "  package                 upload code, write a template that needs no local file"
	@echo "  artifacts               package, and write build/artifacts/ for a pipeline"
	@echo "  check-deps              is everything deployed that it needs?"
	@echo "  deploy                  build, package, and bring the stack to its template"
	@echo "  teardown                delete the stack (prod: CONFIRM=prod)"
	@echo "  clean                   remove what building made"
	@echo "  deps                    what it depends on"
	@echo
	@echo "Services     $(SERVICES)"
	@echo "ENVIRONMENT  $(ENVIRONMENT) (environments.yaml lists them; local is the default)"
	@echo "Also         make lock (resolve the dependencies again), make setup (packages for the editor)"

# --- the platform on this machine ---
run up: setup-run
	@.venv/bin/python -m tools.local_platform $@ $(if $(call on,$(FRESH)),--fresh)

down status: setup-run
	@.venv/bin/python -m tools.local $@

demo: setup-run
	@.venv/bin/python -m tools.explore.demo $(if $(FAIL),--fail $(FAIL)) $(ARGS)

mail: setup-run
	@.venv/bin/python -m tools.operate.mail $(if $(TO),--to '$(TO)') $(ARGS)

# --- operating it ---
# `make --dry-run` prints recipes and runs none. This recipe runs all the same: it passes --dry-run to the tool.
DRY := $(or $(call on,$(DRY_RUN)),$(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))))
FILTERS = $(foreach name,ID EVENT ABOUT ERROR,$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) '$($(name))'))
redrive: setup-run
	+@.venv/bin/python -m tools.operate.redrive $(SERVICE) $(if $(DRY),--dry-run) $(FILTERS) $(ARGS)

reconcile: setup-run
	@.venv/bin/python -m tools.operate.reconcile $(if $(call on,$(REPAIR)),--repair) $(ARGS)

# --- a service of your own ---
new-service: setup-dev
	@.venv/bin/python -m tools.scaffold --name="$$NAME" --consumes="$$CONSUMES" --publishes="$$PUBLISHES" $(if $(call on,$(QUEUE)),--queue)

# --- every check ---
# ONLY="catalogue ..." picks some
bench: setup-dev
	@.venv/bin/python -m tools.bench $(ONLY)

test: setup-dev setup-sam
	$(TOOLS).check.make_test

tests-e2e: setup-dev
	$(TOOLS) tests-e2e

# --- packages, inside the checkout only ---
.PHONY: setup-run setup-dev setup-sam
setup: setup-dev
setup-run setup-dev setup-sam:
	@$(PYTHON) tools/setup.py $(@:setup-%=%)

lock: setup-run
	$(TOOLS).project.lock

bootstrap-pipeline:
	@echo "the pipeline service does not exist yet" >&2; exit 2

# --- a verb for all services ---
$(NEED_RUN): setup-run
	$(TOOLS) $@

$(NEED_DEV): setup-dev
	$(TOOLS) $@

lint: setup-dev setup-sam
	$(TOOLS) $@

ci: lint build tests-unit tests-infra
tests-infra: build

all: setup-dev setup-sam
	$(TOOLS) $@

# --- a verb for one service: its own Makefile decides ---
define one_service
$(1)-$(2):
	@$$(MAKE) --no-print-directory -C $(2) $(1)
endef
$(foreach verb,$(VERBS),$(foreach service,$(SERVICES),$(eval $(call one_service,$(verb),$(service)))))

# --- anything else ---
.DEFAULT:
	$(error there is no target $@; verbs: $(VERBS); services (folders with a metadata.yaml): $(SERVICES); also: help $(PLATFORM))
