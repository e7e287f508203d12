import type { IncomingHttpHeaders } from "node:http";
import {
  tokenProtocolPrefix,
  webSocketPath,
  webSocketProtocol,
} from "../../../shared/transport/websocket-names.ts";
import { isAllowedOrigin, type OriginPolicy } from "../origin-policy.ts";
import { originMessage } from "../refusals.ts";

/** A request for an upgrade. */
interface UpgradeRequest {
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** What to do with a request for an upgrade. A refusal has one line that says why. */
type UpgradeVerdict =
  | { readonly kind: "accept"; readonly headers: IncomingHttpHeaders }
  | { readonly kind: "refuse"; readonly status: 400 | 403 | 404; readonly message: string };

/**
 * Checks a request for an upgrade as the rules WS-1 to WS-3 want it; the WebSocket handshake itself is checked by ws. The headers of an accepted one have a token from a sub-protocol as `authorization`.
 */
export function checkUpgradeRequest(
  { url, headers }: UpgradeRequest,
  policy: OriginPolicy,
): UpgradeVerdict {
  const [path, query = ""] = splitOnce(url, "?");
  if (path !== webSocketPath) {
    return refuse(404, `There is no WebSocket at ${path}: it is at ${webSocketPath}.`);
  }
  if (headers.upgrade?.toLowerCase() !== "websocket") {
    return refuse(400, `${webSocketPath} speaks WebSocket: the Upgrade header has to say so.`);
  }
  const { origin, host } = headers;
  if (!isAllowedOrigin(policy, { origin, host })) {
    return refuse(403, originMessage(origin));
  }
  const inQuery = new URLSearchParams(query);
  if (inQuery.has("token") || inQuery.has("access_token")) {
    const advice = `Send it in Hello, as authorization, or as the sub-protocol ${tokenProtocolPrefix}….`;
    return refuse(400, `A token does not belong into the URL, where logs keep it. ${advice}`);
  }
  return checkProtocols(headers);
}

function checkProtocols(headers: IncomingHttpHeaders): UpgradeVerdict {
  // Not for whoever looks at the headers later: it may hold a token.
  const { "sec-websocket-protocol": offered, ...rest } = headers;
  if (offered === undefined) return { kind: "accept", headers: rest };
  const protocols = offered.split(",").map((protocol) => protocol.trim());
  if (!protocols.includes(webSocketProtocol)) {
    return refuse(400, `Of the sub-protocols offered one has to be ${webSocketProtocol}.`);
  }
  const carrier = protocols.find((protocol) => protocol.startsWith(tokenProtocolPrefix));
  if (carrier === undefined) return { kind: "accept", headers: rest };
  const token = Buffer.from(carrier.slice(tokenProtocolPrefix.length), "base64url").toString();
  if (!/^[!-~]+$/.test(token)) {
    return refuse(400, `The sub-protocol ${tokenProtocolPrefix}… holds no token in base64url.`);
  }
  return { kind: "accept", headers: { authorization: `Bearer ${token}`, ...rest } };
}

function refuse(status: 400 | 403 | 404, message: string): UpgradeVerdict {
  return { kind: "refuse", status, message };
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
