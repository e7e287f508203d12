import { useConnection } from "roomline/react";
import { myName } from "./me.ts";

const texts = {
  connecting: "Connecting",
  live: "Connected",
  resuming: "Coming back",
  closed: "Over",
  failed: "Cannot connect",
};

/** What it is, how the connection is going, and who one is. */
export function Header({ title }: { title: string }) {
  const { status, error } = useConnection();
  return (
    <header>
      <h1>{title}</h1>
      <span id="connection" role="status" data-state={status}>
        {error?.message ?? texts[status]}
      </span>
      <span id="me" className="me">
        {myName}
      </span>
    </header>
  );
}
