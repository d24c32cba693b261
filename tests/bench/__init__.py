"""What must be fast, measured: `make bench`. Ratios are of one run; the machine is named beside them."""
