"""The Python interface: configs, runs, studies and reports; ``spanreg`` has its names."""
