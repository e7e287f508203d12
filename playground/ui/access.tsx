import { Access as SharedAccess } from "../../pages/access.tsx";
import type { Link } from "../../pages/link.ts";
import { usePage } from "./context.ts";

/** What stands in place of the rooms while the server tells of none. */
export function Access({ link }: { link: Link }) {
  const { playground } = usePage();
  return (
    <SharedAccess
      link={link}
      waiting="Asking the server for its rooms …"
      onToken={(token) => playground.useToken(token)}
      onRetry={() => playground.server.restart()}
    />
  );
}
