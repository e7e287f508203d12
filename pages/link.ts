import { Code, ConnectError } from "@connectrpc/connect";

/** How the page stands with the server. */
export type Link =
  | { readonly status: "connecting" }
  | { readonly status: "live" }
  /** Lost: the next try is at `retryAtMs` of the monotonic clock. */
  | { readonly status: "retrying"; readonly retryAtMs: number; readonly message: string }
  /** The server wants the admin token, and nothing happens until there is one. */
  | { readonly status: "token-wanted"; readonly message: string }
  /** The server does not serve this page's operator. Tried again now and then. */
  | { readonly status: "refused"; readonly message: string };

/** What a failed stream means. */
type Failure = "token-wanted" | "refused" | "lost";

/** What to make of the end of a stream, and what to tell the operator. */
export function judgeFailure(thrown: unknown): { failure: Failure; message: string } {
  const { code, rawMessage } = ConnectError.from(thrown);
  switch (code) {
    case Code.Unauthenticated:
      return { failure: "token-wanted", message: rawMessage };
    case Code.PermissionDenied:
      return { failure: "refused", message: rawMessage };
    case Code.Unimplemented:
      return { failure: "refused", message: "This server has no admin service." };
    default:
      return { failure: "lost", message: lostMessage(code, rawMessage) };
  }
}

/** What browsers say when there is nobody ("Failed to fetch") helps nobody. */
function lostMessage(code: Code, rawMessage: string): string {
  if (code === Code.Unavailable || /fetch|network/i.test(rawMessage)) {
    return "The server cannot be reached.";
  }
  return rawMessage;
}
