// The address names the conversation, so a reload and a second tab find the same one.
const address = new URL(location.href);

/** The room that the address names. */
export const roomId = address.searchParams.get("room") ?? crypto.randomUUID().slice(0, 8);

address.searchParams.set("room", roomId);
history.replaceState(undefined, "", address);
