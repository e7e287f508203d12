/** The pages of the examples, in the order of the header. */
export const pages = [
  { name: "start", path: "/", title: "Start" },
  { name: "chat", path: "/chat/", title: "Chat" },
  { name: "arena", path: "/arena/", title: "Arena" },
  { name: "ticker", path: "/ticker/", title: "Ticker" },
  { name: "monitor", path: "/monitor/", title: "Monitor" },
  { name: "playground", path: "/playground/", title: "Playground" },
] as const;

/** A page of the examples. */
export type PageName = (typeof pages)[number]["name"];

const sign = `<svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
<path d="M4 25h7l10-18h7" fill="none" stroke="var(--accent)" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>
<circle cx="16" cy="16" r="4.6" fill="var(--surface)" stroke="currentColor" stroke-width="3"/></svg>`;

/** Puts the header with the links to all pages in front of what is in the body. */
export function showSiteHeader(current: PageName): void {
  const links = pages.map(({ name, path, title }) => {
    const here = name === current ? ' aria-current="page"' : "";
    return `<a href="${path}" style="--own: var(--${name})"${here}>${title}</a>`;
  });
  const header = document.createElement("header");
  header.className = "site-header";
  header.innerHTML = `<a class="brand" href="/">${sign}<span>Roomline</span></a>
<nav aria-label="Pages">${links.join("")}</nav>`;
  document.body.prepend(header);
}
