"""A loop over confluent-kafka's consumer, which commits by itself every five seconds, as it does by default."""

import time

import orjson
from confluent_kafka import Consumer, KafkaException, Producer
from plain_desk import ANSWERS, BROKER, GROUP, TOPICS, Desk

BATCH = 500

desk = Desk()
consumer = Consumer(
    {
        "bootstrap.servers": BROKER,
        "group.id": GROUP,
        "auto.offset.reset": "earliest",
        "session.timeout.ms": 10_000,
    }
)
producer = Producer({"bootstrap.servers": BROKER})
consumer.subscribe(TOPICS)
answered_at = time.monotonic()
while True:
    for message in consumer.consume(BATCH, timeout=0.2):
        if message.error():
            raise KafkaException(message.error())
        desk.apply(orjson.loads(message.value()))
    if time.monotonic() - answered_at >= 1:
        answered_at = time.monotonic()
        for answer in desk.changes():
            producer.produce(ANSWERS, orjson.dumps(answer))
        producer.poll(0)
