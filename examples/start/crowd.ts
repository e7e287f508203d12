import type { Feed } from "./feed.ts";

/** What many people do in one room, told so that the feed stays calm. */
export interface Crowd {
  said(name: string, text: string): void;
  came(name: string): void;
  left(name: string): void;
}

const gatherMs = 1_000;
const linesMax = 5;
const namesMax = 3;

/** Tells of a few at once, and of more by their number. */
export function createCrowd(room: string, feed: Feed): Crowd {
  const came: string[] = [];
  const left: string[] = [];
  let messages = 0;
  let timer: NodeJS.Timeout | undefined;
  const remark = (text: string) => feed.about(room, feed.colors.dim(text));
  const tell = (): void => {
    timer = undefined;
    if (messages > linesMax) remark(`... and ${messages - linesMax} messages more in this second`);
    if (came.length > 0) remark(`${list(came)} came in`);
    if (left.length > 0) remark(`${list(left)} left`);
    messages = 0;
    came.length = 0;
    left.length = 0;
  };
  const gather = () => (timer ??= setTimeout(tell, gatherMs).unref());
  return {
    said(name, text) {
      gather();
      if (++messages <= linesMax) feed.chat(room, name, text);
    },
    came(name) {
      gather();
      came.push(name);
    },
    left(name) {
      gather();
      left.push(name);
    },
  };
}

function list(names: readonly string[]): string {
  if (names.length <= namesMax) return names.join(", ");
  return `${names.slice(0, namesMax).join(", ")} and ${names.length - namesMax} more`;
}
