"""SQL of the numbers, a file for each family of them; `registry.py` finds them."""
