import { connect, type Client } from "roomline/client";
import { element } from "./element.ts";
import { connectOptions, myName } from "./me.ts";

const texts = { connecting: "Connecting", live: "Connected", resuming: "Coming back", closed: "" };

/** Connects, and shows how that is going, and who one is. */
export async function connectPage(): Promise<Client> {
  element("me", HTMLElement).textContent = myName;
  const shown = element("connection", HTMLElement);
  shown.dataset["state"] = "connecting";
  shown.textContent = texts.connecting;
  const client = await connect(connectOptions);
  const show = (state: typeof client.state): void => {
    shown.dataset["state"] = state;
    shown.textContent = texts[state] || (client.closeReason?.meaning ?? "Over");
  };
  show(client.state);
  client.onStateChange(show);
  return client;
}
