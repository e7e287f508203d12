import type { WatchCaller } from "./watch-api.ts";

/** What a call says of who calls (rule HS-3). */
export async function callerHeaders({
  clientId,
  token,
}: Pick<WatchCaller, "clientId" | "token">): Promise<Record<string, string>> {
  const bearer = typeof token === "function" ? await token() : token;
  return {
    ...(clientId !== undefined && clientId !== "" && { "client-id": clientId }),
    ...(bearer !== undefined && bearer !== "" && { authorization: `Bearer ${bearer}` }),
  };
}
