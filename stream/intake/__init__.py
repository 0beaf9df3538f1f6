"""The front door: helpdesks' webhooks come in over HTTP and go to Kafka as events."""
