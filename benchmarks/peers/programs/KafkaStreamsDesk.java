import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Kafka Streams: a table of tickets that is aggregated from all topics, from which open tickets are counted as of a
 * table, and first responses in windows. Exactly once, so that a kill does no harm.
 */
public final class KafkaStreamsDesk {
    static final ObjectMapper MAPPER = new ObjectMapper();
    /** History is read partition by partition, so what one of them says may be hours behind the others. */
    static final TimeWindows WINDOWS = TimeWindows.ofSizeAndGrace(Duration.ofMinutes(5), Duration.ofHours(3));

    @JsonIgnoreProperties(ignoreUnknown = true)
    public static final class Event {
        public String type;
        public String ticket_id;
        public String occurred_at;
        public String channel;
        public String status;
        public int score;

        long at() {
            return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(occurred_at));
        }
    }

    public static final class Ticket {
        public Long opened;
        public String channel;
        public Long answered;
        public long statusAt;
        public boolean open = true;
        public boolean justAnswered;

        /** Returns another ticket: a table passes on what was and what is, so what was has to stay as it is. */
        Ticket with(Event event) {
            Ticket next = new Ticket();
            next.opened = opened;
            next.channel = channel;
            next.answered = answered;
            next.statusAt = statusAt;
            next.open = open;
            next.apply(event);
            return next;
        }

        private void apply(Event event) {
            boolean was = opened != null && answered != null;
            long at = event.at();
            switch (event.type) {
                case "ticket.opened" -> {
                    if (opened == null) {
                        opened = at;
                        channel = event.channel;
                    }
                }
                case "ticket.responded" -> {
                    if (answered == null) {
                        answered = at;
                    }
                }
                default -> {
                    if (at > statusAt) {
                        statusAt = at;
                        open = "reopened".equals(event.status);
                    }
                }
            }
            justAnswered = !was && opened != null && answered != null;
        }
    }

    /** How often and how much: seconds of waits, or promoters and detractors. */
    public static final class Total {
        public long n;
        public long sum;
        public long promoters;
        public long detractors;

        Total plus(long took) {
            n += 1;
            sum += took;
            return this;
        }

        Total scored(Event event) {
            n += 1;
            promoters += event.score >= 9 ? 1 : 0;
            detractors += event.score <= 6 ? 1 : 0;
            return this;
        }
    }

    /** Passes on how long a first response took, at the time of that response: a table's record has its newest time. */
    static final class Waits extends ContextualProcessor<String, Ticket, String, Long> {
        @Override
        public void process(Record<String, Ticket> update) {
            Ticket ticket = update.value();
            if (ticket.justAnswered) {
                context().forward(update.withKey(ticket.channel)
                    .withValue(ticket.answered - ticket.opened)
                    .withTimestamp(ticket.answered / 1000));
            }
        }
    }

    static <T> Serde<T> json(Class<T> type) {
        return Serdes.serdeFrom(
            (topic, value) -> {
                try {
                    return value == null ? null : MAPPER.writeValueAsBytes(value);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            },
            (topic, bytes) -> {
                try {
                    return bytes == null ? null : MAPPER.readValue(bytes, type);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            });
    }

    static String answer(String key, Map<String, Long> numbers) {
        String fields = numbers.entrySet().stream()
            .map(number -> ",\"" + number.getKey() + "\":" + number.getValue())
            .collect(Collectors.joining());
        return "{\"key\":\"" + key + "\"" + fields + "}";
    }

    public static void main(String[] arguments) {
        Map<String, String> place = System.getenv();
        String answers = place.get("PEER_ANSWERS");
        List<String> topics = Stream.of("ticket-opened", "ticket-response", "ticket-status", "survey")
            .map(name -> place.get("PEER_PREFIX") + name)
            .collect(Collectors.toList());
        Serde<String> text = Serdes.String();
        TimestampExtractor byEvent = (record, partitionTime) -> ((Event) record.value()).at() / 1000;

        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, Event> events = builder.stream(
            topics, Consumed.with(text, json(Event.class)).withTimestampExtractor(byEvent));

        KTable<String, Ticket> tickets = events
            .filter((key, event) -> !event.type.equals("survey.answered"))
            .groupByKey(Grouped.with(text, json(Event.class)))
            .aggregate(
                Ticket::new,
                (key, event, ticket) -> ticket.with(event),
                Materialized.<String, Ticket, KeyValueStore<
                    Bytes, byte[]>>as("tickets")
                    .withKeySerde(text).withValueSerde(json(Ticket.class)).withCachingDisabled());

        tickets.toStream()
            .process(Waits::new)
            .groupByKey(Grouped.with("waits", text, Serdes.Long()))
            .windowedBy(WINDOWS)
            .aggregate(Total::new, (key, took, total) -> total.plus(took), Materialized.with(text, json(Total.class)))
            .toStream()
            .map((window, total) -> KeyValue.pair(
                window.key(),
                answer("first_response/" + window.key() + "/" + window.window().start() / 1000,
                    Map.of("n", total.n, "sum_us", total.sum))))
            .to(answers, Produced.with(text, text));

        tickets
            .filter((key, ticket) -> ticket.channel != null && ticket.open)
            .groupBy((key, ticket) -> KeyValue.pair(ticket.channel, ""), Grouped.with("backlog", text, text))
            .count()
            .toStream()
            .map((channel, n) -> KeyValue.pair(channel, answer("backlog/" + channel, Map.of("n", n))))
            .to(answers, Produced.with(text, text));

        events
            .filter((key, event) -> event.type.equals("survey.answered"))
            .groupBy((key, event) -> "desk", Grouped.with("scores", text, json(Event.class)))
            .windowedBy(WINDOWS)
            .aggregate(Total::new, (key, event, total) -> total.scored(event),
                Materialized.with(text, json(Total.class)))
            .toStream()
            .map((window, total) -> KeyValue.pair(
                window.key(),
                answer("nps/" + window.window().start() / 1000,
                    Map.of("n", total.n, "promoters", total.promoters, "detractors", total.detractors))))
            .to(answers, Produced.with(text, text));

        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, place.get("PEER_RUN"));
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, place.get("PEER_BROKER"));
        settings.put(StreamsConfig.STATE_DIR_CONFIG, place.get("PEER_STATE") + "/state");
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
        KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
