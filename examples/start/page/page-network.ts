import { emulateNetwork, RoomlineError, type EmulatedNetwork } from "roomline/client";

/** The network of a page. */
export interface PageNetwork {
  /** For `connect({ network })`. */
  readonly network: EmulatedNetwork;
  /** As the address has it; empty for one as good as it is. */
  readonly conditions: string;
}

/**
 * What the address of the page asks for: `?net=train`, or conditions of one's own, `?net=4g,cutEveryMs=5000`. The header says so;
 * also what is wrong with it, and then the network is as good as it is.
 */
export function networkOfPage(): PageNetwork {
  const conditions = new URLSearchParams(location.search).get("net") ?? "";
  try {
    const network = emulateNetwork(conditions);
    if (conditions !== "") say(`network: ${conditions}`, "warn");
    return { network, conditions };
  } catch (error) {
    say(RoomlineError.from(error).message.replace("emulateNetwork", "?net="), "bad");
    return { network: emulateNetwork(), conditions: "" };
  }
}

function say(text: string, tone: "warn" | "bad"): void {
  const badge = document.createElement("span");
  badge.id = "network";
  badge.className = `badge ${tone}`;
  badge.textContent = badge.title = text;
  document.querySelector(".site-header")?.append(badge);
}
