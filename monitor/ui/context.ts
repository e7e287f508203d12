import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Monitor } from "../feed/monitor.ts";

/** What is open beside the tables. */
export type Opened =
  | { readonly kind: "room"; readonly id: string }
  | { readonly kind: "connection"; readonly id: string }
  /** Undefined: one is to be chosen. */
  | { readonly kind: "recording"; readonly file: File | undefined };

/** A question before something is done that cannot be taken back. */
export interface Question {
  readonly title: string;
  /** What will happen, in a sentence or two. */
  readonly text: string;
  /** The word on the button. */
  readonly action: string;
  /** Whether to ask for a message to those it concerns. */
  readonly wantsMessage: boolean;
  /** Does it; resolves with what to report. */
  run(message: string): Promise<string>;
}

/** What every part of the page can reach. */
export interface Page {
  readonly monitor: Monitor;
  /** Asks before something is done. */
  readonly ask: (question: Question) => void;
  /** Tells the outcome of something for a few seconds. */
  readonly report: (text: string) => void;
  readonly open: (opened: Opened | undefined) => void;
}

export const PageContext = createContext<Page | undefined>(undefined);

/** @throws Error outside of the page */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error("This is not inside the page.");
  return page;
}
