import { createLedger } from "../../start/ledger.ts";
import type { ArenaSeat } from "./connection.ts";
import type { Notice } from "./notice.ts";

const offlineMs = 2_500;
const addedDelayMs = 300;
const newsMs = 7_000;
/** Updates per second to go through; 0 is what the room gives. */
const rates = [0, 5, 2] as const;
const roomRateHz = 20;

/** The four buttons, and the keys that do the same. */
export function offerTrouble(seat: ArenaSeat, notice: Notice): void {
  const { session, network, conditions } = seat;
  watchForCuts(seat, notice);
  bind("cut", "KeyC", (button) => {
    button.disabled = true;
    network.cut(offlineMs);
    setTimeout(() => (button.disabled = false), offlineMs);
  });

  const pause = bind("pause", "KeyP", () => void turn());
  const turn = async (): Promise<void> => {
    const pauses = session.status !== "paused";
    await (pauses ? session.pause() : session.resume());
  };
  session.onStatus((status) => {
    const isPaused = status === "paused";
    press(pause, isPaused, isPaused ? "Resume" : "Pause");
    if (isPaused) notice.show("Paused: the seat is kept, and nothing is sent.", "warn");
    else if (status === "active") notice.hide();
  });

  let isDelayed = false;
  bind("delay", "KeyL", (button) => {
    isDelayed = !isDelayed;
    const delayed = [conditions, `latencyMs=${addedDelayMs / 2}`].filter(Boolean).join(",");
    network.change(isDelayed ? delayed : conditions);
    press(button, isDelayed, `+${addedDelayMs} ms`);
  });

  let step = 0;
  bind("rate", "KeyR", (button) => {
    step = (step + 1) % rates.length;
    const rateHz = rates[step] ?? 0;
    void session.setRate(rateHz);
    press(button, rateHz > 0, `${rateHz === 0 ? roomRateHz : rateHz} updates/s`);
  });
}

/** Says in numbers what a cut has cost: the room counts its events, so a hole or a double would be seen. */
function watchForCuts({ session }: ArenaSeat, notice: Notice): void {
  let ledger = createLedger();
  let cutMs: number | undefined;
  session.on("scored", ({ number }, { replayed }) => ledger.note("scored", number, replayed));
  session.onStatus((status) => {
    if (status !== "detached") return;
    cutMs ??= performance.now();
    ledger.take();
    notice.show("Cut off. The room keeps the seat, and what you do waits here.", "bad");
  });
  session.onRejoin(() => {
    // Another server: the seat is a new one, and its room counts from 1.
    ledger = createLedger();
    cutMs = undefined;
    notice.show("Back on a server that did not know the seat: this is a new one.", "warn", newsMs);
  });
  session.onBacklogEnd(() => {
    if (cutMs === undefined) return;
    const seconds = ((performance.now() - cutMs) / 1_000).toFixed(1);
    cutMs = undefined;
    const { replayed, missed, doubled } = ledger.take();
    const events = replayed === 1 ? "event" : "events";
    const account = `${replayed} ${events} replayed, ${missed} missed, ${doubled} doubled`;
    // After the status, which takes the notice away.
    queueMicrotask(() => notice.show(`Back after ${seconds} s: ${account}.`, "good", newsMs));
  });
}

/** Lets a button and a key do the same. */
function bind(
  id: string,
  code: string,
  act: (button: HTMLButtonElement) => void,
): HTMLButtonElement {
  const button = document.querySelector<HTMLButtonElement>(`button#${id}`);
  if (button === null) throw new Error(`The page has no button "${id}".`);
  button.disabled = false;
  button.addEventListener("click", () => act(button));
  addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
    if (isPlain && event.code === code && !button.disabled) act(button);
  });
  return button;
}

function press(button: HTMLButtonElement, isPressed: boolean, text: string): void {
  button.setAttribute("aria-pressed", String(isPressed));
  const label = button.querySelector("span");
  if (label !== null) label.textContent = text;
}
