# The verbs of one service: `include ../shared/make/service.mk`.
# A service may add targets. To replace a verb, it names it in OWN_VERBS before the include:
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

# The packages that a verb needs: `run` to build and deploy, `dev` to check.
RUN_VERBS := build package artifacts check-deps deploy restore teardown clean deps
DEV_VERBS := tests-unit tests-integ tests-infra tests-deployed
SHARED_VERBS     := $(filter-out $(OWN_VERBS),$(RUN_VERBS) $(DEV_VERBS) lint ci all)

.DEFAULT_GOAL := ci
.PHONY: $(RUN_VERBS) $(DEV_VERBS) lint ci all

$(filter $(SHARED_VERBS),$(RUN_VERBS)):
	$(SETUP) run
	$(TOOL) $@ $(SERVICE)

$(filter $(SHARED_VERBS),$(DEV_VERBS)):
	$(SETUP) dev
	$(TOOL) $@ $(SERVICE)

ifneq ($(filter lint,$(SHARED_VERBS)),)
lint:
	$(SETUP) dev
	$(SETUP) sam
	$(TOOL) lint $(SERVICE)
endif

ifneq ($(filter ci,$(SHARED_VERBS)),)
ci: lint build tests-unit tests-infra
tests-infra: build
endif

# One step after the other, also with -j: nothing is deployed before its checks have passed.
ifneq ($(filter all,$(SHARED_VERBS)),)
all:
	@$(MAKE) --no-print-directory ci
	@$(MAKE) --no-print-directory deploy
	@$(MAKE) --no-print-directory tests-integ
endif
