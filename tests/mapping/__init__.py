"""Tests of the mapping language, and of reading deliveries by it."""
