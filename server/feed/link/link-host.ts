import type { Clock } from "../../../shared/clock.ts";
import { closeReasons } from "../../../shared/close-reason.ts";
import type { NodeHello } from "../../../shared/gen/roomline/node/v1/node_pb.ts";
import type { Transport } from "../../../shared/transport/transport.ts";
import { EdgePeer, type Offer } from "./edge-peer.ts";
import { LinkEnd, type LinkConfig } from "./link-end.ts";
import { linkVersion, type NodeName } from "./node-name.ts";

/** What the host's side of links needs. */
interface LinkHostParts extends Offer {
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
  #isStopped = false;

  constructor(parts: LinkHostParts) {
    this.#parts = parts;
  }

  /** Nodes that read rooms of this one, or did a moment ago. */
  get peers(): ReadonlyMap<string, EdgePeer> {
    return this.#peers;
  }

  /** Takes a link; once the host is stopped none, for whoever came now would be told of each room that there is no such room. */
  accept(transport: Transport): void {
    if (this.#isStopped) {
      transport.destroy();
      return;
    }
    const { clock, config } = this.#parts;
    let peer: EdgePeer | undefined;
    const link: LinkEnd = new LinkEnd(transport, {
      clock,
      config,
      user: {
        onMessage: (body) => {
          const isHello = body.case === "hello";
          if (isHello === (peer !== undefined)) {
            link.close(closeReasons.protocolError, "A link begins with a hello, and has one.");
          } else if (isHello) peer = this.#welcome(body.value, link);
          else peer?.onMessage(body, link);
        },
        onClosed: () => {
          this.#links.delete(link);
          if (peer !== undefined) this.#detach(peer, link);
        },
      },
    });
    this.#links.add(link);
    link.open();
  }

  /** Both say who they are, the edge first; those that speak another version part. */
  #welcome(hello: NodeHello, link: LinkEnd): EdgePeer | undefined {
    const { version, feeds } = hello;
    const { self } = this.#parts;
    if (version !== linkVersion) {
      link.close(closeReasons.unsupportedVersion, "");
      return undefined;
    }
    const peer = this.#peerOf(hello);
    link.send({ case: "hello", value: { version: linkVersion, ...self } });
    peer.attach(link, feeds);
    return peer;
  }

  #detach(peer: EdgePeer, link: LinkEnd): void {
    peer.detach(link, this.#parts.graceMs, () => {
      for (const [name, known] of this.#peers) if (known === peer) this.#peers.delete(name);
    });
  }

  /** Ends all links, and lets go of all that other nodes had here. */
  stop(): void {
    this.#isStopped = true;
    for (const link of [...this.#links]) link.close(closeReasons.draining, "");
    for (const peer of this.#peers.values()) peer.end("given-up");
    this.#peers.clear();
  }

  /** An edge is known to be dead, before its links show it: its players may come back over others. */
  bury({ node, life }: NodeName): void {
    const peer = this.#peers.get(node);
    if (peer?.life !== life) return;
    this.#peers.delete(node);
    peer.end("lost");
  }

  /** The edge of this name; one that has another life by now has lost all it had. */
  #peerOf({ node, life, givenUp }: NodeHello): EdgePeer {
    const known = this.#peers.get(node);
    if (known?.life === life && known.givenUp === givenUp) return known;
    known?.end(known.life === life ? "given-up" : "lost");
    const peer = new EdgePeer({ life, givenUp }, this.#parts);
    this.#peers.set(node, peer);
    return peer;
  }
}
