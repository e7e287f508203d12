import type { Link } from "../../pages/link.ts";
import { TokenPrompt } from "../../pages/token-prompt.tsx";
import { usePage } from "./context.ts";

/** What stands in place of the rooms while the server tells of none: a prompt, or what to do. */
export function Access({ link }: { link: Link }) {
  const { playground } = usePage();
  switch (link.status) {
    case "token-wanted":
      return <TokenPrompt message={link.message} onToken={(token) => playground.useToken(token)} />;
    case "refused":
      return (
        <section class="access">
          <h2>No access from here</h2>
          <p>{link.message}</p>
          <button type="button" onClick={() => playground.server.restart()}>
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
          <p class="quiet">Asking the server for its rooms …</p>
        </section>
      );
  }
}
