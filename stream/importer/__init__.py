"""Somebody's own helpdesk, read from an export: rows by a mapping to Deskpulse events."""
