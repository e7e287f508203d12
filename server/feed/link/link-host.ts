import type { Clock } from "../../../shared/clock.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import type { Transport } from "../../../shared/transport/transport.ts";
import { EdgePeer, type OfferedRooms } from "./edge-peer.ts";
import { LinkEnd, type LinkConfig } from "./link-end.ts";
import { linkVersion, type NodeName } from "./node-name.ts";

/** What the host's side of links needs. */
interface LinkHostParts {
  readonly rooms: OfferedRooms;
  readonly clock: Clock;
  readonly self: NodeName;
  readonly config: LinkConfig;
  /** How long seats are kept for an edge whose link is gone. */
  readonly graceMs: number;
}

/** Takes links from other nodes and lets them read the rooms of this one. */
export class LinkHost {
  readonly #parts: LinkHostParts;
  readonly #peers = new Map<string, EdgePeer>();
  readonly #links = new Set<LinkEnd>();

  constructor(parts: LinkHostParts) {
    this.#parts = parts;
  }

  /** Nodes that read rooms of this one, or did a moment ago. */
  get peers(): number {
    return this.#peers.size;
  }

  accept(transport: Transport): void {
    const { clock, config, self, graceMs } = this.#parts;
    let peer: EdgePeer | undefined;
    let name = "";
    const link = new LinkEnd(transport, {
      clock,
      config,
      user: {
        onMessage: (body) => {
          if (body.case === "hello") {
            if (body.value.version !== linkVersion) {
              link.close(closeReasons.unsupportedVersion, "");
              return;
            }
            name = body.value.node;
            peer = this.#peerOf(body.value);
            peer.attach(link);
          } else peer?.onMessage(body, link);
        },
        onClosed: () => {
          this.#links.delete(link);
          const gone = peer;
          gone?.detach(link, graceMs, () => {
            if (this.#peers.get(name) === gone) this.#peers.delete(name);
          });
        },
      },
    });
    this.#links.add(link);
    link.send({ case: "hello", value: { version: linkVersion, ...self } });
    link.open();
  }

  /** Ends all links, and lets go of all that other nodes had here. */
  stop(): void {
    for (const link of [...this.#links]) link.close(closeReasons.draining, "");
    for (const peer of this.#peers.values()) peer.end();
    this.#peers.clear();
  }

  /** The edge of this name; one that has another life by now has lost all it had. */
  #peerOf({ node, life }: NodeName): EdgePeer {
    const known = this.#peers.get(node);
    if (known?.life === life) return known;
    known?.end();
    const peer = new EdgePeer(life, this.#parts);
    this.#peers.set(node, peer);
    return peer;
  }
}
