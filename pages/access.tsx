import type { ComponentChildren } from "preact";
import type { Link } from "./link.ts";
import { TokenPrompt } from "./token-prompt.tsx";

interface AccessProps {
  readonly link: Link;
  /** What is waited for, while nothing is wrong. */
  readonly waiting: string;
  readonly onToken: (token: string) => void;
  /** Tries at once. */
  readonly onRetry: () => void;
  /** What helps where the server does not serve this page. */
  readonly children?: ComponentChildren;
}

/** What stands in place of a page while the server gives it nothing: a prompt, or what to do. */
export function Access({ link, waiting, onToken, onRetry, children }: AccessProps) {
  switch (link.status) {
    case "token-wanted":
      return <TokenPrompt message={link.message} onToken={onToken} />;
    case "refused":
      return (
        <section class="access">
          <h2>No access from here</h2>
          <p>{link.message}</p>
          {children}
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        </section>
      );
    case "retrying":
      return (
        <section class="access">
          <h2>Waiting for the server</h2>
          <p>{link.message} This page comes back by itself.</p>
        </section>
      );
    case "connecting":
    case "live":
      return (
        <section class="access" aria-busy="true">
          <p class="quiet">{waiting}</p>
        </section>
      );
  }
}
