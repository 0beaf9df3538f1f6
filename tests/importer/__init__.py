"""Tests of importing somebody's own helpdesk."""
