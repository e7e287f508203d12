import { toBinary, type JsonValue, type Message } from "@bufbuild/protobuf";
import { parseJsonText } from "../../pages/json-text.ts";
import type { PlayedCall, PlayedPayload } from "../model/code/played-call.ts";
import type { RoomType } from "../session/described-contract.ts";
import type { Playground } from "../session/playground.ts";
import type { CallOnScreen } from "./context.ts";

/** What is on the screen, to be written as code; undefined: the player is nowhere. */
export function playedCall(
  playground: Playground,
  { player, input }: CallOnScreen,
): PlayedCall | undefined {
  const wish = playground.wish.get();
  const view = player.view.get();
  const { session } = view;
  const types = playground.server.types.get() ?? [];
  const roomType = types.find(({ name }) => name === session?.roomType);
  if (wish === undefined || session === undefined || roomType === undefined) return undefined;
  const options = parseJsonText(wish.options);
  return {
    url: playground.target.replace(/\/$/, ""),
    // A name of its own: with the player's, the program would push the player out.
    clientId: view.exact ? `${view.name}-code` : view.label,
    hasToken: view.hasToken,
    join: {
      roomType: roomType.name,
      roomId: wish.roomId,
      mode: wish.mode,
      options: options.ok && wish.options.trim() !== "" ? options.value : undefined,
    },
    info: roomType.info,
    input: input && { ...input, ...bytesOf(roomType, input.kind, input.json) },
  };
}

/** A payload as it travels; nothing while it is none of its kind. */
function bytesOf(roomType: RoomType, kind: string, json: JsonValue): Pick<PlayedPayload, "bytes"> {
  const { inputs } = roomType.contract;
  const type = (inputs as Record<string, (typeof inputs)[string] | undefined>)[kind];
  const request = type !== undefined && "request" in type ? type.request : type;
  if (request === undefined || "codec" in request)
    return { bytes: new TextEncoder().encode(JSON.stringify(json)) };
  try {
    return { bytes: toBinary(request, roomType.payloads.fromPlain(request, json) as Message) };
  } catch {
    return {};
  }
}
