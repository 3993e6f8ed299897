# The paved road of one service: `include ../shared/make/service.mk`.
# A service may add targets of its own; to replace a verb, name it in OWN_VERBS before the include:
#     OWN_VERBS := build
#     include ../shared/make/service.mk
#     build: ; ...

SERVICE := $(notdir $(CURDIR))
ROOT    := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))../..)
PYTHON  ?= python3
ENVIRONMENT ?= local
export ENVIRONMENT
unexport PYTHONDONTWRITEBYTECODE

SETUP = @$(PYTHON) $(ROOT)/tools/setup.py
TOOL  = @cd $(ROOT) && .venv/bin/python -m tools

# What a verb needs: `run` to build and deploy, `dev` to check.
RUN_VERBS := build package artifacts check-deps deploy teardown clean deps
DEV_VERBS := tests-unit tests-integ tests-infra tests-deployed
PAVED     := $(filter-out $(OWN_VERBS),$(RUN_VERBS) $(DEV_VERBS) lint ci all)

.DEFAULT_GOAL := ci
.PHONY: $(RUN_VERBS) $(DEV_VERBS) lint ci all

$(filter $(PAVED),$(RUN_VERBS)):
	$(SETUP) run
	$(TOOL) $@ $(SERVICE)

$(filter $(PAVED),$(DEV_VERBS)):
	$(SETUP) dev
	$(TOOL) $@ $(SERVICE)

ifneq ($(filter lint,$(PAVED)),)
lint:
	$(SETUP) dev
	$(SETUP) sam
	$(TOOL) lint $(SERVICE)
endif

ifneq ($(filter ci,$(PAVED)),)
ci: lint build tests-unit tests-infra
tests-infra: build
endif

# One step after the other, even with -j: only what passed is deployed.
ifneq ($(filter all,$(PAVED)),)
all:
	@$(MAKE) --no-print-directory ci
	@$(MAKE) --no-print-directory deploy
	@$(MAKE) --no-print-directory tests-integ
endif
