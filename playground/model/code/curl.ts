import { shellWord } from "./literals.ts";
import type { PlayedCall } from "./played-call.ts";
import { clientIdHeader, serviceCalls } from "./service-calls.ts";
import { targetOf } from "./target.ts";

/** What curl can do of a call: the services that answer once, in JSON. */
export function curlCode(call: PlayedCall): string {
  const { url } = targetOf(call.url);
  const clientId = clientIdHeader(call);
  const headers = [
    ...(call.hasToken ? [`-H "authorization: Bearer $ROOMLINE_TOKEN"`] : []),
    ...(clientId === undefined ? [] : [`-H ${shellWord(`client-id: ${clientId}`)}`]),
  ];
  const admin =
    call.hasAdminToken === true ? [`-H "authorization: Bearer $ROOMLINE_ADMIN_TOKEN"`] : [];
  const lines = serviceCalls(call).flatMap(({ comment, method, request, isAdmin }) => [
    "",
    `# ${comment}`,
    ["curl", ...(isAdmin ? admin : headers), "--json", shellWord(JSON.stringify(request))].join(
      " ",
    ) + " \\",
    `  ${shellWord(`${url}/${method}`)}; echo`,
  ]);
  return [
    "# To join, to send inputs and to get events and state takes the realtime stream, which curl does not speak:",
    "# see TypeScript, Python or grpcurl. What curl can do:",
    ...lines,
    "",
  ].join("\n");
}
