import type { Mutant } from "./mutant.ts";

const liveness = "server/connection/liveness.ts";
const flood = "server/connection/flood-gate.ts";
const pace = "server/transport/read-pace.ts";
const outbox = "server/connection/outbox.ts";
const inbound = "server/connection/inbound.ts";
const callers = "server/services/http/operators.ts";

/** Connections, who may open them, and how much of them is borne. */
export const connectionMutants: readonly Mutant[] = [
  {
    name: "whoever finds the frame full has had its turn",
    file: outbox,
    is: "if (source.credit > 0 && frame.isFull) dirty.unshift(source);",
    becomes: "if (source.credit < 0) dirty.unshift(source);",
    noticedBy: ["engine/fairness"],
  },
  {
    name: "what is over a share is forgotten",
    file: outbox,
    is: "source.credit += shareBytes;",
    becomes: "source.credit = shareBytes;",
    noticedBy: ["engine/fairness"],
  },
  {
    name: "a slow line holds up whatever a kernel takes",
    file: "server/transport/websocket/delivery-window.ts",
    is: "if (!this.#isKnown || this.#sent - this.#delivered < this.#windowBytes) return false;",
    becomes: "if (this.#nextMark > 0) return false;",
    noticedBy: ["transport/delivery-window"],
  },
  {
    name: "a window grows while its bytes stand in a queue",
    file: "server/transport/websocket/delivery-window.ts",
    is: "if (roundTripMs < this.#leastMs || (isOld && mark.isAlone)) {",
    becomes: "if (roundTripMs < this.#leastMs || isOld) {",
    noticedBy: ["transport/delivery-window"],
  },
  {
    name: "a connection is read as fast as it sends",
    file: pace,
    is: "if (this.#units >= this.#parts.unitsPerTurn) this.#rest();",
    becomes: "if (this.#units < 0) this.#rest();",
    noticedBy: ["transport/read-pace"],
  },
  {
    name: "who rests too often is never ended",
    file: pace,
    is: "return ++this.#rests > this.#parts.restsMax;",
    becomes: "return ++this.#rests < 0;",
    noticedBy: ["transport/read-pace"],
  },
  {
    name: "what came past the library overtakes what it holds",
    file: "server/transport/http2/direct-stream.ts",
    is: "if (this.#isPaused || this.#within > 0 || this.#isDelivering) this.#keep(payload);",
    becomes: "if (this.#isPaused || this.#isDelivering) this.#keep(payload);",
    noticedBy: ["transport/direct-stream"],
  },
  {
    name: "what is kept for streams that are read later has no bound",
    file: "server/transport/http2/gate.ts",
    is: "if (this.#keptBytes <= keptWindowsMax * this.receiveWindowBytes) return true;",
    becomes: "if (this.#keptBytes >= 0) return true;",
    noticedBy: ["transport/port-floods"],
  },
  {
    name: "the next request begins while an answer is owed",
    file: "server/transport/http1-feed.ts",
    is: "return this.#owed > 0 && this.#newest?.complete === true;",
    becomes: "return this.#owed < 0;",
    noticedBy: ["transport/port-floods"],
  },
  {
    name: "anybody says where it comes from",
    file: "server/transport/trusted-proxies.ts",
    is: "if (forwardedFor === undefined || !trusts(address)) return undefined;",
    becomes: "if (forwardedFor === undefined) return undefined;",
    noticedBy: ["transport/trusted-proxies"],
  },
  {
    name: "one client makes rooms until nobody else can",
    file: "server/rooms/room-registry.ts",
    is: "if (maker !== undefined && (this.#byMaker.get(maker) ?? 0) >= roomsPerClientMax)",
    becomes: "if (maker !== undefined && (this.#byMaker.get(maker) ?? 0) < 0)",
    noticedBy: ["lobby/seats"],
  },
  {
    name: "replies that wait have no bound",
    file: outbox,
    is: "(this.#held > 0 && this.#heldBytes + bytes > heldBytesMax);",
    becomes: "this.#heldBytes + bytes < 0;",
    noticedBy: ["engine/"],
  },
  {
    name: "a silent connection is asked nothing",
    file: liveness,
    is: 'const action = due && writingSinceMs === undefined ? "heartbeat" : "none";',
    becomes: 'const action = "none" as const;',
    noticedBy: "home",
  },
  {
    name: "a half-open connection is kept for ever",
    file: liveness,
    is: "if (nowMs >= receiveDeadlineMs) return",
    becomes: "if (nowMs < 0) return",
    noticedBy: "home",
  },
  {
    name: "who reads nothing is kept for ever",
    file: liveness,
    is: "if (nowMs >= sendDeadlineMs) return",
    becomes: "if (nowMs < 0) return",
    noticedBy: ["engine/"],
  },
  {
    name: "who sends too much is read on",
    file: flood,
    is: "this.#transport.pauseReading();",
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "who sends too much for ever is borne for ever",
    file: flood,
    is: 'if (this.#strikes > limits.floodStrikesMax) return "strike-out";',
    becomes: "",
    noticedBy: "home",
  },
  {
    name: "a Join costs no more than a heartbeat",
    file: inbound,
    is: "const joinCost = 30;",
    becomes: "const joinCost = 1;",
    noticedBy: ["engine/"],
  },
  {
    name: "flush timers are not stopped",
    file: "server/connection/flush-timers.ts",
    is: "    this.#unpace?.cancel();\n    this.#wake?.timer.cancel();\n  }",
    becomes: "  }",
    noticedBy: ["engine/"],
  },
  {
    name: "a congested connection gets as much as before",
    file: "server/connection/congestion.ts",
    is: "level: Math.min(levelMax, state.level + 1)",
    becomes: "level: state.level",
    noticedBy: ["engine/"],
  },
  {
    name: "a connection that has recovered stays slow",
    file: "server/connection/congestion.ts",
    is: "return { level: state.level - 1, quickSinceMs: nowMs };",
    becomes: "return state;",
    noticedBy: ["engine/"],
  },
  {
    name: "the control lane has no bound",
    file: outbox,
    is: "if (this.#hasRoom(bytes)) return true;\n    // Perhaps",
    becomes: "if (bytes >= 0) return true;\n    // Perhaps",
    noticedBy: ["engine/"],
  },
  {
    name: "any admin token is good",
    file: callers,
    is: "if (timingSafeEqual(known.digest, digest)) found = known.operator;",
    becomes: "if (token.length > 0) found = known.operator;",
    noticedBy: ["admin/"],
  },
  {
    name: "who comes through a proxy is taken for this machine",
    file: callers,
    is: "!forwardedHeaders.some((name) => metadata.has(name)) &&",
    becomes: "",
    noticedBy: ["admin/"],
  },
  {
    name: "what authenticate refuses is let in",
    file: "server/connection/authenticate.ts",
    is: 'if (clientId === "") return nobody;',
    becomes: "",
    noticedBy: ["engine/", "admin/"],
  },
  {
    name: "a page of any origin may connect",
    file: "server/transport/origin-policy.ts",
    is: "if (page.host === normalHost(page.protocol, host)) return true;",
    becomes: 'if (page.host !== "") return true;',
    noticedBy: ["transport/port-websocket", "e2e/cross-origin"],
  },
];
