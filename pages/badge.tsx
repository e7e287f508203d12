import type { ComponentChildren } from "preact";

/** A word with a colour that means something. */
export function Badge({ tone, children }: { tone: string; children: ComponentChildren }) {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}

/** The colour of a session's state. */
export function toneOfState(state: string): string {
  if (state === "active") return "good";
  return state === "detached" ? "warning" : "plain";
}
