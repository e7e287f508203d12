/** How a notice is meant. */
type Tone = "good" | "warn" | "bad";

/** One line of news over the field. */
export interface Notice {
  /** Stays until the next, or for `forMs`. */
  show(text: string, tone: Tone, forMs?: number): void;
  hide(): void;
}

export function createNotice(element: HTMLElement): Notice {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hide = (): void => {
    clearTimeout(timer);
    element.hidden = true;
  };
  return {
    hide,
    show(text, tone, forMs) {
      hide();
      element.textContent = text;
      element.className = `notice ${tone}`;
      element.hidden = false;
      if (forMs !== undefined) timer = setTimeout(hide, forMs);
    },
  };
}
