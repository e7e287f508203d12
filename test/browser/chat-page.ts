import type { TestContext } from "node:test";
import type { Locator, Page } from "playwright-core";
import { connect, type Session } from "roomline/client";
import { createServer, type Server } from "roomline/server";
import { chat } from "../../examples/chat/contract.ts";
import { chatRoom } from "../../examples/chat/room.ts";

/** The chat page with somebody at it. */
export interface ChatPage {
  readonly page: Page;
  readonly field: Locator;
  /** What is said in the room in front, in order. */
  texts(): Promise<string[]>;
  say(text: string): Promise<void>;
  /** Resolves when the room in front shows this. */
  shows(text: string): Promise<void>;
  room(name: string): Locator;
}

export function chatPage(page: Page): ChatPage {
  const field = page.getByLabel("Message to");
  return {
    page,
    field,
    texts: () => page.locator(".said .text").allTextContents(),
    async say(text) {
      await field.fill(text);
      await field.press("Enter");
    },
    shows: (text) => page.getByText(text, { exact: true }).first().waitFor(),
    room: (name) => page.getByRole("navigation", { name: "Rooms" }).getByRole("button", { name }),
  };
}

/** JavaScript that makes the page believe that somebody was here before. */
export function visitor(name: string, rooms: readonly string[]): string {
  const memory = JSON.stringify({ name, rooms });
  return `localStorage["roomline-chat"] ??= ${JSON.stringify(memory)};`;
}

/** A server with chat rooms and the pages; it is closed with the test. */
export async function startChatServer(t: TestContext, port = 0): Promise<Server> {
  const server = await createServer({
    host: "127.0.0.1",
    port,
    rooms: { chat: chatRoom },
    staticDir: "examples/built",
  });
  t.after(() => server.close());
  return server;
}

/** Somebody in a room over gRPC, and what they heard. */
export async function startChatBot(
  t: TestContext,
  server: Server,
  roomId: string,
): Promise<{ readonly session: Session<typeof chat>; readonly heard: readonly string[] }> {
  const client = await connect(server.address, { clientId: `bot-${roomId}` });
  t.after(() => client.close());
  const session = await client.join(chat, { roomType: "chat", roomId });
  const heard: string[] = [];
  session.on("said", ({ text }) => heard.push(text));
  return { session, heard };
}
