import { Access as SharedAccess } from "../../pages/access.tsx";
import type { Link } from "../../pages/link.ts";
import { usePage } from "./context.ts";

/** What stands in place of the numbers while the server gives none. */
export function Access({ link }: { link: Link }) {
  const { monitor } = usePage();
  return (
    <SharedAccess
      link={link}
      waiting="Waiting for the first numbers …"
      onToken={(token) => monitor.useToken(token)}
      onRetry={() => monitor.retry()}
    >
      <p class="quiet">
        Start the server with an admin token and this page asks for it:{" "}
        <code>createServer({"{ adminToken, … }"})</code>. Without one, and without{" "}
        <code>authenticate</code>, it opens on the server's own machine as{" "}
        <code>http://localhost</code>.
      </p>
    </SharedAccess>
  );
}
