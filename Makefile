PYTHON ?= python3.11
BOOTSTRAP = $(or $(shell command -v $(PYTHON)),python3) installer/bootstrap.py

.PHONY: run test check soak bench train package

run:      ; @$(BOOTSTRAP) run $(ARGS)
test:     ; @$(BOOTSTRAP) test $(ARGS)
check:    ; @$(BOOTSTRAP) check
soak:     ; @$(BOOTSTRAP) soak $(ARGS)
bench:    ; @$(BOOTSTRAP) bench
train:    ; @$(BOOTSTRAP) train $(ARGS)
package:  ; @$(BOOTSTRAP) package
