import { useEffect, useRef } from "preact/hooks";
import type { ChatRoom } from "../model/chat-room.ts";

/** How often the others are told that we still write. */
const tellIntervalMs = 2_000;
const textLengthMax = 2_000;

/** Where one writes. Enter sends, Shift and Enter begins a new line. */
export function Composer({ room }: { readonly room: ChatRoom }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const toldMs = useRef(-Infinity);
  useEffect(() => field.current?.focus(), [room]);
  const send = (): void => {
    const text = field.current?.value.trim() ?? "";
    if (text === "" || field.current === null) return;
    room.say(text);
    field.current.value = "";
    toldMs.current = -Infinity;
    fit(field.current);
  };
  const type = (event: Event): void => {
    if (field.current !== null) fit(field.current);
    if (event.timeStamp - toldMs.current < tellIntervalMs) return;
    toldMs.current = event.timeStamp;
    room.type();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="visually-hidden" for="message">
        Message to {room.id}
      </label>
      <textarea
        ref={field}
        id="message"
        class="field"
        rows={1}
        maxLength={textLengthMax}
        placeholder={`Message to ${room.id}`}
        onInput={type}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button class="button primary" type="submit">
        Send
      </button>
    </form>
  );
}

/** As high as what is in it. */
function fit(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}
