import { createClient, type Client, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { AdminService } from "../../shared/gen/roomline/v1/admin_pb.ts";

/** Calls of the server that serves the page. */
export type AdminClient = Client<typeof AdminService>;

/** Creates the client; `token` is asked before each call. */
export function createAdminClient(baseUrl: string, token: () => string): AdminClient {
  const authorize: Interceptor = (next) => (request) => {
    if (token() !== "") request.header.set("authorization", `Bearer ${token()}`);
    return next(request);
  };
  return createClient(
    AdminService,
    createConnectTransport({ baseUrl, useBinaryFormat: true, interceptors: [authorize] }),
  );
}
