import type { JsonValue } from "@bufbuild/protobuf";
import { parseJsonText } from "../../pages/json-text.ts";
import type { Entry } from "../model/form/entry.ts";
import type { Form } from "../model/form/form.ts";
import type { FieldFault } from "../model/form/read.ts";

/** What somebody is about to send: in a form, or as JSON. */
export interface Draft {
  readonly mode: "form" | "json";
  readonly entry: Entry;
  readonly text: string;
}

/** What a draft comes to. */
export interface DraftReading {
  /** Undefined: there are faults. */
  readonly json: JsonValue | undefined;
  readonly faults: readonly FieldFault[];
}

/** Reads a draft. What is typed as JSON is sent as it is, also when the form would not take it: the server decides. */
export function readDraft(form: Form, draft: Draft): DraftReading {
  if (draft.mode === "form") {
    const reading = form.read(draft.entry);
    return reading.ok
      ? { json: reading.json, faults: [] }
      : { json: undefined, faults: reading.faults };
  }
  const parsed = parseJsonText(draft.text);
  return parsed.ok
    ? { json: parsed.value, faults: [] }
    : { json: undefined, faults: [{ path: "", message: parsed.message }] };
}
