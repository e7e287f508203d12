import type { PlainWatchEvent } from "roomline/client";

/** An event to be read: `12:03:44.120 said ann {"text":"hi"}`. */
export function eventLine({ timeMs, kind, sender, payload }: PlainWatchEvent): string {
  const time = new Date(timeMs).toISOString().slice(11, 23);
  const from = sender === "" ? "-" : sender;
  const said = payload instanceof Uint8Array ? base64(payload) : JSON.stringify(payload);
  return `${time} ${kind} ${from} ${said}\n`;
}

/** An event as one line of JSON. What is no JSON is in `payloadBase64`. */
export function eventJson({ payload, ...info }: PlainWatchEvent): string {
  const said = payload instanceof Uint8Array ? { payloadBase64: base64(payload) } : { payload };
  return `${JSON.stringify({ ...info, ...said })}\n`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
