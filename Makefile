# `make help` lists the targets. The verbs of one service are in shared/make/service.mk, the tools in tools/.

PYTHON      ?= python3
ENVIRONMENT ?= local
export PYTHON ENVIRONMENT CONFIRM FROM ECOM_LOCAL_DIR ECOM_PORT ECOM_INDEX_LAG_MS ECOM_TRANSACTION_MS
# With bytecode everything starts two to three times faster. It is written in the checkout.
unexport PYTHONDONTWRITEBYTECODE

SERVICES := $(sort $(patsubst %/metadata.yaml,%,$(wildcard */metadata.yaml)))
VERBS := ci all lint build tests-unit tests-integ tests-infra tests-deployed package artifacts check-deps deploy \
         restore teardown clean deps
NEED_RUN := build package artifacts check-deps deploy restore teardown clean deps
NEED_DEV := tests-unit tests-integ tests-infra tests-deployed
PLATFORM := run up down status config dev-storefront demo mail partner timeline alarms logs redrive replay events-tail \
            reconcile reindex check-account scale cost load simulate simulate-score mutants new-service \
            remove-service test scan format bench tests-e2e bootstrap-pipeline pipeline-local pipeline-status lock setup
TOOLS = @.venv/bin/python -m tools
# A switch such as FRESH=1. The values 0, no, off and false are off.
on = $(filter-out 0 no off false,$(1))
off = $(filter 0 no off false,$(1))

.DEFAULT_GOAL := help
.PHONY: help $(PLATFORM) $(VERBS) $(foreach verb,$(VERBS),$(SERVICES:%=$(verb)-%))

help:
	@echo "Run it"
	@echo "  make run                the whole platform on this machine, in the foreground (FRESH=1: delete all state first)"
	@echo "  make up | down | status the same in the background; stop it; is it running, and where?"
	@echo "  make config [FORMAT=json|env|amplify]"
	@echo "                          what a storefront's page must know: URLs, API key, user pool, app client"
	@echo "  make dev-storefront     build and upload the pages of the shop after each change of their sources, until Ctrl-C"
	@echo "  make demo               on the running platform: a cart, its checkout, and the order until it is delivered"
	@echo "                          (FAIL=packaging, delivery, payment, cancel or return: an order that ends differently)"
	@echo "  make mail [TO=address]  the mails that services sent; no mail leaves this machine (ARGS=--help)"
	@echo
	@echo "Check it"
	@echo "  make test               every check that needs no AWS account"
	@echo "  make scan               a second scanner of templates, checkov (its exemptions: tools/check/scan/exemptions.yaml)"
	@echo "  make format             sort imports, fix what ruff can fix, and format all Python files"
	@echo "  make bench              measurements, on a platform of their own (ONLY=name: only this one)"
	@echo "  make tests-e2e          the tests of the whole platform, against a running one"
	@echo
	@echo "Operate it"
	@echo "  make logs SERVICE=orders [FUNCTION=graphql-create-order] [ORDER=id] [SINCE=10m] [FOLLOW=1]"
	@echo "                          what functions logged (ARGS=--help)"
	@echo "  make timeline ORDER=id  what happened to one order, step by step, across all services (ARGS=--json)"
	@echo "  make alarms             the alarms that are not OK, since when, and what to do (ARGS=--all: every alarm;"
	@echo "                          FOLLOW=1: each change; ARGS=--json)"
	@echo "  make partner            the API keys of partners; NAME=acme makes one (ROTATE=1, REVOKE=1)"
	@echo "  make redrive            how many dead letters each service has, with their reasons"
	@echo "  make redrive SERVICE=orders [DRY_RUN=1] [EVENT= ABOUT= ERROR= ID=]"
	@echo "                          list dead letters with their causes and send them back (ARGS=--help)"
	@echo "  make replay             the rules of the event bus, with their events and consumers"
	@echo "  make replay RULE=orders-DeliveryRule FROM=2h [TO=10:00] [ORDER=id] [DRY_RUN=1]"
	@echo "                          count archived events and, when confirmed, send them to that consumer again (ARGS=--help)"
	@echo "  make events-tail [SOURCE=orders] [EVENT=OrderCreated] [ORDER=id] [JSON=1]"
	@echo "                          the events of the bus as they happen, until Ctrl-C (ARGS=--help)"
	@echo "  make reconcile [REPAIR=1] [ARGS='--older-than 5 --json ...']"
	@echo "                          where services disagree about orders, money and goods, with what to do"
	@echo "  make reindex [DRY_RUN=1]"
	@echo "                          the index of product search anew, while searches go on; only what differs is written"
	@echo
	@echo "Break it (docs/simulator.md)"
	@echo "  make simulate [ORDERS=100000] [SEED=17 SEEDS=5]"
	@echo "                          orders through the real functions while everything around them fails, in virtual time;"
	@echo "                          prints the shortest story of a promise that the services broke (ARGS=--help)"
	@echo "  make simulate-score [ONLY=names] [SEEDS=30] [STORIES=0] [DEFECTS=mine.toml,other.patch]"
	@echo "                          plants defects, and says which the simulator finds"
	@echo "  make mutants [ONLY=names]"
	@echo "                          plants each defect that a fast test must find, and runs that test (docs/testing.md)"
	@echo
	@echo "Deploy it to AWS (docs/deploying.md): ENVIRONMENT=dev make ..."
	@echo "  make check-account      what the account lacks before the first deployment; changes nothing"
	@echo "  make scale              what is throttled first at which rate of orders, and what they cost: a model"
	@echo "  make load [RATE=2] [SECONDS=60]"
	@echo "                          shoppers and staff on the running platform; afterwards the reconciliation must find nothing"
	@echo "  make cost [JSON=1]      what 1,000 orders cost on AWS, by service and product, and a month; MEASURE=1 counts anew"
	@echo
	@echo "Ship it (pipeline/README.md)"
	@echo "  make pipeline-local [SERVICE=orders] [CHANGED_SINCE=commit] [APPROVE=1]"
	@echo "                          the pipelines on this machine: build, deploy and test what changed, stage by stage"
	@echo "  make pipeline-status    where each service is, and why it stopped"
	@echo "  make rollback-SERVICE [COMMIT=hash] [LIST=1]"
	@echo "                          the commit before in production, or a stored commit through all stages"
	@echo "  make bootstrap-pipeline [TEARDOWN=1]"
	@echo "                          set the pipelines up in the account of ENVIRONMENT; it says first what that costs"
	@echo
	@echo "Build on it (docs/new_service.md, docs/consuming_events.md)"
	@echo "  make new-service NAME=loyalty CONSUMES=OrderCreated,DeliveryCompleted [PUBLISHES=PointsEarned]"
	@echo "                          a service that reacts to events: tested, ready to be deployed"
	@echo "                          (KEEPS=OrderCreated: it keeps data of that event, and the others act on it)"
	@echo "                          (QUEUE=1: events wait in a queue, for a service that calls another system)"
	@echo "  make new-service NAME=vouchers API=iam|cognito|key [GRAPHQL=Voucher] [MACHINE=1] [PUBLISHES=VoucherChanged]"
	@echo "                          a service that others call: REST, GraphQL fields, a state machine, events"
	@echo "  make remove-service NAME=loyalty"
	@echo "                          delete it, once nothing needs it and its stack is torn down"
	@echo "                          (DETACH=1, before that: take it out of the stacks that need it)"
	@echo
	@echo "For one service: make VERB-SERVICE; for all services: make VERB (deploy in the order of dependencies)"
	@echo "  ci                      lint, build, tests-unit, tests-infra"
	@echo "  all                     ci, deploy, tests-integ"
	@echo "  lint                    style, types, templates, schemas, contracts (BASE=revision: events since then)"
	@echo "  build                   stage the Lambda package"
	@echo "  tests-unit              tests of the code alone"
	@echo "  tests-infra             tests of the template"
	@echo "  tests-integ             tests against moto, and tests-deployed if the platform is running"
	@echo "  tests-deployed          black-box tests against the deployed service"
	@echo "  package                 upload code, write a template that needs no local file"
	@echo "  artifacts               package, and write build/artifacts/ for a deployment pipeline"
	@echo "  check-deps              are its dependencies deployed?"
	@echo "  deploy                  build, package, and create or update the stack"
	@echo "  restore                 deploy around the tables, user pool or key that an earlier stack kept (FROM=its id)"
	@echo "  teardown                delete the stack (prod: CONFIRM=prod)"
	@echo "  clean                   remove the results of build and package"
	@echo "  deps                    list its dependencies"
	@echo
	@echo "Services     $(SERVICES)"
	@echo "ENVIRONMENT  $(ENVIRONMENT) (environments.yaml lists them; local is the default)"
	@echo "Also         make lock (resolve the dependencies), make setup (.venv with all packages; other targets do it when they need it)"

# --- the platform on this machine ---
run up: setup-run
	@.venv/bin/python -m tools.local_platform $@ $(if $(call on,$(FRESH)),--fresh) $(if $(call off,$(GOODS)),,--goods)

down: setup-run
	@.venv/bin/python -m tools.local $@

status: setup-run
	@.venv/bin/python -m tools.local_platform $@

# each change of the pages, built and uploaded
dev-storefront: setup-run
	@.venv/bin/python -m tools.deploy.pages watch storefront

config: setup-run
	@.venv/bin/python -m tools.explore.storefront_config $(if $(FORMAT),--format '$(FORMAT)') $(ARGS)

demo: setup-run
	@.venv/bin/python -m tools.explore.demo $(if $(FAIL),--fail $(FAIL)) $(ARGS)

mail: setup-run
	@.venv/bin/python -m tools.operate.mail $(if $(TO),--to '$(TO)') $(ARGS)

# --- operating it ---
logs: setup-run
	@.venv/bin/python -m tools.operate.logs $(SERVICE) $(if $(FUNCTION),--function '$(FUNCTION)') \
	    $(if $(call on,$(FOLLOW)),--follow) $(if $(SINCE),--since '$(SINCE)') $(if $(ORDER),--about '$(ORDER)') $(ARGS)

alarms: setup-run
	@.venv/bin/python -m tools.operate.alarms $(if $(call on,$(FOLLOW)),--follow) $(ARGS)

events-tail: setup-run
	@.venv/bin/python -m tools.operate.events_tail $(if $(SOURCE),--source '$(SOURCE)') \
	    $(if $(EVENT),--event '$(EVENT)') $(if $(ORDER),--order '$(ORDER)') $(if $(call on,$(JSON)),--json) $(ARGS)

# `make --dry-run` would print the recipe only. Here it is the operator's --dry-run, so the recipe runs (`+`).
DRY := $(or $(call on,$(DRY_RUN)),$(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))))
FILTERS = $(foreach name,ID EVENT ABOUT ERROR,$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) '$($(name))'))
redrive: setup-run
	+@.venv/bin/python -m tools.operate.redrive $(SERVICE) $(if $(DRY),--dry-run) $(FILTERS) $(ARGS)

replay: setup-run
	+@.venv/bin/python -m tools.operate.replay $(if $(RULE),--rule '$(RULE)') $(if $(FROM),--from '$(FROM)') \
	    $(if $(TO),--to '$(TO)') $(if $(filter-out undefined,$(origin ORDER)),--order '$(ORDER)') $(if $(DRY),--dry-run) $(ARGS)

partner: setup-run
	@.venv/bin/python -m tools.operate.partner $(if $(NAME),--name '$(NAME)') $(if $(call on,$(ROTATE)),--rotate) $(if $(call on,$(REVOKE)),--revoke) $(ARGS)

timeline: setup-run
	@.venv/bin/python -m tools.operate.timeline $(if $(ORDER),'$(ORDER)') $(ARGS)

reconcile: setup-run
	@.venv/bin/python -m tools.operate.reconcile $(if $(call on,$(REPAIR)),--repair) $(ARGS)

reindex: setup-run
	+@.venv/bin/python -m tools.operate.reindex $(if $(DRY),--dry-run) $(ARGS)

# --- an AWS account ---
check-account: setup-run
	@.venv/bin/python -m tools.deploy.check_account $(ARGS)

# REGION=eu-central-1; MEASURED=1 takes the counts of the last `make bench ONLY=journey` into docs/scale.md
scale: setup-run
	@.venv/bin/python -m tools.scale $(if $(REGION),--region '$(REGION)') $(if $(call on,$(MEASURED)),--measured) $(ARGS)

# MEASURE=1 counts on the local cloud first
cost: setup-run
	@.venv/bin/python -m tools.scale.cost $(if $(call on,$(MEASURE)),--measure) $(if $(call on,$(JSON)),--json) $(ARGS)

# RATE=5 SECONDS=120; prod needs CONFIRM=prod
load: setup-dev setup-load
	@.venv/bin/python -m tools.load $(if $(RATE),--rate '$(RATE)') $(if $(SECONDS),--seconds '$(SECONDS)') $(ARGS)

# --- faults (docs/simulator.md) ---
SIMULATION = $(foreach name,ORDERS SEED SEEDS PEOPLE FAULTS ALWAYS WITHOUT WORKERS TRACE REPORT UNITS,$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) '$($(name))'))
simulate: setup-dev
	@.venv/bin/python -m tools.sim $(SIMULATION) $(if $(call on,$(NO_SHRINK)),--no-shrink) $(if $(call on,$(CRASHES)),--crashes) $(if $(call on,$(ADD)),--add) $(if $(call on,$(FLASH_SALE)),--flash-sale) $(if $(call on,$(LIVE)),--live) $(ARGS)

SCORE = $(foreach name,ONLY DEFECTS SEEDS STORIES FIRST WORKERS,$(if $($(name)),--$(shell echo $(name) | tr A-Z a-z) '$($(name))'))
simulate-score: setup-dev
	@.venv/bin/python -m tools.sim.score $(SCORE) $(ARGS)

mutants: setup-dev
	@.venv/bin/python -m tools.sim.mutants $(if $(ONLY),--only '$(ONLY)') $(if $(WORKERS),--workers '$(WORKERS)') $(ARGS)

# --- a new service ---
new-service: setup-dev
	@.venv/bin/python -m tools.scaffold --name="$$NAME" --consumes="$$CONSUMES" --publishes="$$PUBLISHES" --keeps="$$KEEPS" \
	    --api="$$API" --graphql="$$GRAPHQL" $(if $(call on,$(QUEUE)),--queue) $(if $(call on,$(MACHINE)),--machine)

# CONFIRM=name deletes files that are not committed; DETACH=1 takes the service out of the other stacks only
remove-service: setup-run
	@.venv/bin/python -m tools.scaffold.remove --name="$$NAME" $(if $(call on,$(DETACH)),--detach) $(ARGS)

# --- every check ---
# ONLY="catalogue ..." selects measurements
bench: setup-dev
	@.venv/bin/python -m tools.bench $(ONLY)

test: setup-dev setup-sam setup-scan
	$(TOOLS).check.make_test

scan: setup-run setup-scan
	$(TOOLS).check.scan $(ARGS)

# A finding that ruff cannot fix is printed, and the files are formatted all the same.
format: setup-dev
	@.venv/bin/python -m ruff check -q --fix .; code=$$?; .venv/bin/python -m ruff format -q . && exit $$code

tests-e2e: setup-dev
	$(TOOLS) tests-e2e

# --- packages, installed in the checkout only ---
.PHONY: setup-run setup-dev setup-sam setup-scan setup-load setup-aws-cli
setup: setup-dev
setup-run setup-dev setup-sam setup-scan setup-load setup-aws-cli:
	@$(PYTHON) tools/setup.py $(@:setup-%=%)

lock: setup-run
	$(TOOLS).project.lock

# --- pipelines (pipeline/README.md) ---
# Checks need all packages, also those that make the templates of roles.
bootstrap-pipeline: setup-dev
	@.venv/bin/python -m tools.pipeline.bootstrap $(if $(call on,$(TEARDOWN)),--teardown) $(if $(ROLES_OF),--roles-of '$(ROLES_OF)') \
	    $(if $(PIPELINE_ACCOUNT),--pipeline-account '$(PIPELINE_ACCOUNT)') $(if $(KEY_ARN),--key-arn '$(KEY_ARN)') $(ARGS)

pipeline-local: setup-dev
	@.venv/bin/python -m tools.pipeline.local $(if $(SERVICE),--service '$(SERVICE)') \
	    $(if $(CHANGED_SINCE),--changed-since '$(CHANGED_SINCE)') $(if $(call on,$(APPROVE)),--approve) $(ARGS)

pipeline-status: setup-run
	@.venv/bin/python -m tools.pipeline.status $(ARGS)

$(SERVICES:%=rollback-%): setup-run
	@.venv/bin/python -m tools.pipeline.rollback $(@:rollback-%=%) $(if $(COMMIT),--commit '$(COMMIT)') $(if $(call on,$(LIST)),--list) $(ARGS)

# --- one verb for all services ---
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

# --- one verb for one service, through its own Makefile ---
define one_service
$(1)-$(2):
	@$$(MAKE) --no-print-directory -C $(2) $(1)
endef
$(foreach verb,$(VERBS),$(foreach service,$(SERVICES),$(eval $(call one_service,$(verb),$(service)))))

# --- unknown targets ---
.DEFAULT:
	$(error there is no target $@; verbs: $(VERBS) rollback; services (folders with a metadata.yaml): $(SERVICES); also: help $(PLATFORM))
