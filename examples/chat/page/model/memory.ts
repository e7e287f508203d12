/** What the page remembers from one visit to the next. */
export interface Memory {
  /** Empty: never given. */
  readonly name: string;
  readonly rooms: readonly string[];
  /** Whether rooms in the background are paused. */
  readonly pauseInBackground: boolean;
}

const key = "roomline-chat";
const nothing: Memory = { name: "", rooms: ["lobby", "games", "music"], pauseInBackground: false };

/** What was remembered; what cannot be read counts as never said. */
export function recall(storage: { getItem(key: string): string | null }): Memory {
  try {
    const stored: unknown = JSON.parse(storage.getItem(key) ?? "null");
    if (typeof stored !== "object" || stored === null) return nothing;
    const { name, rooms, pauseInBackground }: Record<string, unknown> = { ...stored };
    return {
      name: typeof name === "string" ? name : nothing.name,
      rooms: Array.isArray(rooms)
        ? rooms.filter((room) => typeof room === "string")
        : nothing.rooms,
      pauseInBackground: pauseInBackground === true,
    };
  } catch {
    return nothing;
  }
}

/** A browser that keeps nothing (private windows, a full disk) is no reason to stop. */
export function remember(
  storage: { setItem(key: string, value: string): void },
  memory: Memory,
): void {
  try {
    storage.setItem(key, JSON.stringify(memory));
  } catch {
    // The next visit begins anew.
  }
}
