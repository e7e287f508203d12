import { createColors } from "picocolors";

/** What the demo prints: one line per thing, with what it is about in a column of its own. */
export interface Feed {
  readonly colors: ReturnType<typeof createColors>;
  /** A line as it is. */
  line(text?: string): void;
  /** Somebody said something in a room. */
  chat(room: string, name: string, text: string): void;
  /** A line about a room, or about the whole. `more` goes below. */
  about(topic: string, text: string, ...more: string[]): void;
}

const topicWidth = 8;

/** Writes to this stream: plain lines, and colours only for people at a terminal. */
export function createFeed(output: NodeJS.WriteStream, withColors: boolean): Feed {
  const colors = createColors(withColors);
  const tints = [colors.cyan, colors.magenta, colors.yellow, colors.green, colors.blue];
  const tint = (topic: string) => {
    const number = topic.charCodeAt(0) + topic.length;
    return (tints[number % tints.length] ?? colors.white)(topic.padEnd(topicWidth));
  };
  const line = (text = ""): void => void output.write(`${text}\n`);
  return {
    colors,
    line,
    chat: (room, name, text) =>
      line(` ${tint(room)} ${colors.bold(name)}${colors.dim(":")} ${printable(text)}`),
    about(topic, text, ...more) {
      line(` ${tint(topic)} ${text}`);
      for (const part of more) line(` ${" ".repeat(topicWidth)} ${part}`);
    },
  };
}

/** What somebody typed, without what a terminal would act upon. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
