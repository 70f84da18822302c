// The formats `cloudevents` and `cloudevents-binary`: CloudEvents 1.0, as one JSON document or as attributes beside the body.
import type { CloudEventPrefix, Instant, OutgoingEvent } from "../../pipeline/records.ts";
import { spliced } from "./spliced.ts";

/**
 * Structured mode: the whole event in the body, the record's own bytes as `data`. The properties stay beside it, so that
 * consumers can route without parsing.
 */
export function toStructuredCloudEvent(event: OutgoingEvent): OutgoingEvent {
  const attributes = { ...cloudEventAttributes(event), datacontenttype: event.contentType };
  return {
    ...event,
    body: spliced(attributes, "data", event.body),
    contentType: "application/cloudevents+json; charset=utf-8",
  };
}

/**
 * Binary mode: the record's own bytes as the body, each attribute a property of its own. The content type stands for
 * `datacontenttype`, as both bindings have it.
 *
 * @param prefix `cloudEvents_` where events travel by AMQP, `ce_` for Kafka.
 */
export function toBinaryCloudEvent(event: OutgoingEvent, prefix: CloudEventPrefix): OutgoingEvent {
  const attributes: Record<`${CloudEventPrefix}${string}`, string> = {};
  for (const [name, value] of Object.entries(cloudEventAttributes(event))) {
    if (value !== undefined) attributes[`${prefix}${name}`] = value;
  }
  return { ...event, properties: { ...event.properties, ...attributes } };
}

interface CloudEventAttributes {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly time: string | undefined;
}

/** The same in both modes. `source` is the same for every route and feed, so that `source` and `id` name one record version. */
function cloudEventAttributes({ eventId, properties, time }: OutgoingEvent): CloudEventAttributes {
  const { recType, recordKey } = properties;
  return {
    specversion: "1.0",
    id: eventId,
    source: "/microshare",
    type: recType === "" ? "unknown" : attributeText(recType),
    subject: recordKey === "" ? undefined : attributeText(recordKey),
    time: timestamp(time),
  };
}

/** Without what an attribute must not hold: control characters, halves of surrogate pairs, and code points that are no characters. */
function attributeText(text: string): string {
  return text.toWellFormed().replaceAll(forbidden, "\u{fffd}");
}

const forbidden = /[\p{Cc}\p{Noncharacter_Code_Point}]/gu;

/** RFC 3339 ends with the year 9999 and begins with 0. */
function timestamp(time: Instant | undefined): string | undefined {
  return time === undefined || time < firstTime || time > lastTime ? undefined : new Date(time).toISOString();
}

const firstTime = Date.parse("0000-01-01T00:00:00.000Z");
const lastTime = Date.parse("9999-12-31T23:59:59.999Z");
