# The newest Python of 3.11 to 3.14 that is here does the work; PYTHON=python3.12 names one.
STARTER = $(or $(shell command -v python3 || command -v python),$(PYTHON))
BOOTSTRAP = $(or $(STARTER),$(error Python 3.11 to 3.14 is needed and none was found)) installer/bootstrap.py
export PYTHON GPU

.PHONY: run test check soak bench train wheels sbom package deb rpm tar package-test

run:      ; @$(BOOTSTRAP) run $(ARGS)
test:     ; @$(BOOTSTRAP) test $(ARGS)
check:    ; @$(BOOTSTRAP) check
soak:     ; @$(BOOTSTRAP) soak $(ARGS)
bench:    ; @$(BOOTSTRAP) bench
train:    ; @$(BOOTSTRAP) train $(ARGS)
wheels:   ; @$(BOOTSTRAP) wheels
sbom:     ; @$(BOOTSTRAP) sbom
package:  ; @$(BOOTSTRAP) package
deb:      ; @$(BOOTSTRAP) deb
rpm:      ; @$(BOOTSTRAP) rpm
tar:      ; @$(BOOTSTRAP) tar
package-test: ; @sh installer/package-test.sh
