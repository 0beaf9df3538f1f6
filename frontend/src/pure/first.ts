// How to send the first event to a desk that has none: commands that can be pasted into a shell as they are.

import type { Destination } from "./contract";

/** Return a command for one event of one's own, and one for a simulated desk. */
export function firstEvent({ broker, topic }: Destination): readonly [one: string, simulated: string] {
  const event = `{"type":"ticket.opened","version":1,"event_id":"first-1","occurred_at":"%s","ticket_id":"T-1","channel":"email"}`;
  const options = `--bootstrap-server ${broker} --topic ${topic} --property parse.key=true --property 'key.separator=|'`;
  return [
    `printf 'T-1|${event}\\n' "$(date -u +%FT%TZ)" | kafka-console-producer.sh ${options}`,
    `DESKPULSE_BROKER=${broker} deskpulse simulate --kafka --tickets 500`,
  ];
}
