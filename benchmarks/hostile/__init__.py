"""What is done to the local server that it must bear: `benchmarks/serve.py` at full length, the tests at small size."""
