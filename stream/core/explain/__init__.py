"""How a number was made, and why whatever is not in it is not."""
