import { platform } from "node:os";
import { createSystemClock } from "../../shared/clock.ts";
import { RoomlineError } from "../../shared/errors.ts";
import { systemIds } from "../../shared/ids.ts";
import { systemRandom } from "../../shared/random.ts";
import { hostWithPort, isAnyAddress } from "../../shared/transport/host-with-port.ts";
import { forkWorker } from "../../server/primary-server.ts";
import type { Checked } from "../options/option-reader.ts";
import { isWorkerProcess } from "../serve/primary.ts";
import { modulePathMistake } from "../serve/room-module.ts";
import type { ServeOptions } from "../serve/serve-options.ts";
import { exitCodes, reportFailure, reportMistakes, type Surroundings } from "../surroundings.ts";
import { runDevChild } from "./child.ts";
import { DevServer, type DevEvent } from "./dev-server.ts";
import { reportOf } from "./report.ts";
import { SavedFiles, systemFiles } from "./saved-files.ts";

const notOnWindows =
  "Windows hands no sockets over between processes as roomline dev needs. Take roomline serve --watch, or WSL.";

/**
 * Runs a server whose code is being written: what is saved takes the rooms over, and players stay. Resolves to the exit code, once it is
 * told to stop.
 */
export async function dev(
  module: string,
  checked: Checked<ServeOptions>,
  around: Surroundings,
): Promise<number> {
  if (isWorkerProcess()) return runDevChild(module, checked, around);
  const missing = modulePathMistake(module);
  const mistakes = checked.ok ? [] : [...checked.mistakes];
  if (missing !== undefined) mistakes.push(missing);
  if (platform() === "win32") mistakes.push(notOnWindows);
  if (mistakes.length > 0) return reportMistakes(around, mistakes);
  if (!checked.ok) return exitCodes.usage;
  return serveDev(checked.value, around);
}

async function serveDev(
  { node = systemIds.id(), staticDir }: Pick<ServeOptions, "node" | "staticDir">,
  around: Surroundings,
): Promise<number> {
  const clock = createSystemClock();
  const say = (text: string): void =>
    void around.stderr.write(text.replace(/^/gm, "roomline: ") + "\n");
  const saved = new SavedFiles({ files: systemFiles, clock, onSaved: () => reload() });
  const server = new DevServer({
    ...{ node, clock, random: systemRandom, fork: () => forkWorker() },
    onEvent(event) {
      if (event.kind === "files") saved.add(event.files, event.sinceMs);
      else for (const text of textsOf(event, staticDir !== undefined)) say(text);
      const report = reportOf(event);
      if (report !== undefined) around.starter?.tell(report);
    },
  });
  let failure: RoomlineError | undefined;
  const fail = (thrown: unknown): void => {
    failure = RoomlineError.from(thrown);
    void server.end(0);
  };
  const reload = (): void => void server.reload().catch(fail);
  let isStopping = false;
  const release = around.onSignal((signal) => {
    if (isStopping) around.exit(exitCodes.interrupted);
    isStopping = true;
    say(`${signal}: ending; once more ends it now`);
    void server.end(0);
  });
  around.starter?.onGone(() => void server.end(0));
  reload();
  await server.closed;
  saved.stop();
  release();
  return failure === undefined ? exitCodes.ok : reportFailure(around, failure.message);
}

/** What is printed of an event: a block for each text. */
function textsOf(event: DevEvent, hasPages: boolean): readonly string[] {
  switch (event.kind) {
    case "listening": {
      const { address, about } = event;
      const host = isAnyAddress(address.host) ? "localhost" : address.host;
      const at = `${about.isEncrypted ? "https" : "http"}://${hostWithPort(host, address.port)}`;
      return [
        `listening on ${hostWithPort(host, address.port)}, rooms: ${about.roomTypes.join(", ")}\n` +
          (hasPages ? `your pages: ${at}/\n` : "") +
          `try your rooms: ${at}/playground/\nwhat you save takes over: players stay where they are`,
        ...about.notPortable.map(
          (type) =>
            `rooms of type "${type}" end when you save, and their players join anew: give it \`portable: true\`, or \`save\` and \`load\` (docs/moving.md)`,
        ),
      ];
    }
    case "live": {
      const rooms = `${event.moved} ${event.moved === 1 ? "room" : "rooms"}`;
      const lost =
        event.isLost === true ? ": the rooms of before are lost, their code did not return" : "";
      return [
        `live after ${Math.round(event.tookMs)} ms, ${rooms} moved${lost}`,
        ...event.ended.map(({ roomId, why }) => `room "${roomId}" has ended: ${why}`),
      ];
    }
    case "failed":
      return [
        `${event.problem}\n${event.goesOn ? "the code of before goes on until this is mended" : "waiting for you to mend it"}`,
      ];
    case "died":
      return [
        `the process with the rooms has ended (${event.how}), and they with it: started again`,
      ];
    case "hangs":
      return [
        "the code of the rooms does not return: does it loop, or stand at a breakpoint? What you save starts it again",
      ];
    case "returned":
      return ["the code of the rooms has returned"];
    case "files":
      return [];
  }
}
