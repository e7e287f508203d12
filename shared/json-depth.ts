/**
 * How many arrays and objects may be in one another in JSON that travels as google.protobuf.Value: each takes up to three
 * levels of messages, and readers of protobuf, ours and others, give up at 100.
 */
export const jsonDepthMax = 30;

/** Whether a JSON value is nested no deeper than {@link jsonDepthMax}, so that everybody can read it. */
export function isShallowJson(value: unknown, levels = jsonDepthMax): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallowJson(inner, levels - 1));
}
