import {
  fromJson,
  type DescMessage,
  type JsonValue,
  type Message,
  type Registry,
} from "@bufbuild/protobuf";
import type { Entry } from "./entry.ts";
import type { Field } from "./field.ts";
import { fillField } from "./fill.ts";
import { schemaField } from "./schema-fields.ts";
import { jsonField, plainAbout } from "./make-field.ts";
import { initialEntry } from "./initial-entry.ts";
import { messageField } from "./message-fields.ts";
import { readField, type FieldFault } from "./read.ts";

/** A form: what can be entered, and the payload that comes of it. */
export interface Form {
  readonly field: Field;
  /** What it starts with. */
  readonly initial: Entry;
  /** The payload of an entry, or all that is wrong with it. */
  read(entry: Entry): FormReading;
  /** The entry that gives this JSON; undefined: the form has no place for all of it. */
  fill(json: JsonValue): Entry | undefined;
}

/** What comes of an entry. */
export type FormReading =
  | {
      readonly ok: true;
      /** What `send` takes: the JSON value, or the message. */
      readonly payload: JsonValue | Message;
      /** The same as JSON: of a message, what protobuf's JSON makes of it. */
      readonly json: JsonValue;
    }
  | { readonly ok: false; readonly faults: readonly FieldFault[] };

/** A form for JSON payloads, from their JSON Schema (drafts 7 to 2020-12); undefined: for any JSON. */
export function jsonForm(schema: JsonValue | undefined): Form {
  const field = schema === undefined ? jsonField(plainAbout("JSON")) : schemaField(schema);
  return createForm(field, (json) => ({ ok: true, payload: json, json }));
}

/** A form for protobuf messages. `registry` has the messages that fields of type Any may hold. */
export function messageForm(desc: DescMessage, registry?: Registry): Form {
  return createForm(messageField(desc), (json) => {
    try {
      const payload = fromJson(desc, json, registry === undefined ? {} : { registry });
      return { ok: true, payload, json };
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : `This is no ${desc.typeName}.`;
      return { ok: false, faults: [{ path: "", message }] };
    }
  });
}

function createForm(field: Field, payloadOf: (json: JsonValue) => FormReading): Form {
  return {
    field,
    initial: initialEntry(field),
    read(entry) {
      const reading = readField(field, entry);
      return reading.ok ? payloadOf(reading.value) : reading;
    },
    fill: (json) => fillField(field, json),
  };
}
