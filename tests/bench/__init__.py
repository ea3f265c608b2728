"""The numbers of the product, measured: `python -m tests.bench [NAME…] [--json]`."""
