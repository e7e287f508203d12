import type { Link } from "../../pages/link.ts";
import { TokenPrompt } from "../../pages/token-prompt.tsx";
import { usePage } from "./context.ts";

/** What stands in place of the numbers while the server gives none: a prompt, or what to do. */
export function Access({ link }: { link: Link }) {
  const { monitor } = usePage();
  switch (link.status) {
    case "token-wanted":
      return <TokenPrompt message={link.message} onToken={(token) => monitor.useToken(token)} />;
    case "refused":
      return <Refused message={link.message} />;
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
          <p class="quiet">Waiting for the first numbers …</p>
        </section>
      );
  }
}

function Refused({ message }: { message: string }) {
  const { monitor } = usePage();
  return (
    <section class="access">
      <h2>No access from here</h2>
      <p>{message}</p>
      <p class="quiet">
        Start the server with an admin token and this page asks for it:{" "}
        <code>createServer({"{ adminToken, … }"})</code>. Without one, and without{" "}
        <code>authenticate</code>, it opens on the server's own machine as{" "}
        <code>http://localhost</code>.
      </p>
      <button type="button" onClick={() => monitor.retry()}>
        Try again
      </button>
    </section>
  );
}
