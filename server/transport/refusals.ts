import type { Refusal } from "../observe/refusals.ts";

/** A page of another origin wants in, and `allowedOrigins` does not name it (rule WS-2). */
export function originRefusal(
  reason: "origin" | "cors",
  { origin, host }: { readonly origin: string | undefined; readonly host: string | undefined },
): Refusal {
  return {
    act: "entry",
    reason,
    message: `${originMessage(origin)} If it is a page of this server itself, a proxy changes the Host header: let it pass it on.`,
    fields: { origin, host },
  };
}

/** What whoever asks is told of it. */
export function originMessage(origin: string | undefined): string {
  return `Pages of the origin ${origin ?? ""} may not connect. Name it in the server's option allowedOrigins.`;
}
