"""Deskpulse beside other ways to count the same numbers from the same Kafka: see __main__.py."""
