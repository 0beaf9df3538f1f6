"""The mapping language: what rows of an export and bodies of webhooks mean, as annotated YAML files say it.

`load_mapping` gives a mapping for webhooks, whose `read` turns one delivery into events. docs/connect/mapping.md
explains the language.
"""

from stream.mapping.delivery import Delivery
from stream.mapping.mapping_file import MappingError
from stream.mapping.reading import DeliveryMapping, Ignored, MappedEvent, Reading, Refused, load_mapping

__all__ = [
    "Delivery",
    "DeliveryMapping",
    "Ignored",
    "MappedEvent",
    "MappingError",
    "Reading",
    "Refused",
    "load_mapping",
]
