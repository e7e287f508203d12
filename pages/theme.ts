/** How the page looks. */
export type Theme = "light" | "dark";

const storageKey = "roomline-theme";
const darkQuery = () => window.matchMedia("(prefers-color-scheme: dark)");

/** The theme in force: what was chosen here, or else what the system prefers. */
export function currentTheme(): Theme {
  return chosenTheme() ?? systemTheme();
}

/** Changes the theme. Choosing what the system prefers anyway means following it again. */
export function chooseTheme(theme: Theme): void {
  try {
    if (theme === systemTheme()) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, theme);
  } catch {
    // Where storage is refused, the choice lasts as long as the page.
  }
  applyTheme(theme);
}

/** Puts a theme into force. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

/** Calls back when the system's preference changes and nothing was chosen. Returns what ends that. */
export function onSystemTheme(listener: (theme: Theme) => void): () => void {
  const query = darkQuery();
  const changed = () => {
    if (chosenTheme() === undefined) listener(systemTheme());
  };
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}

function systemTheme(): Theme {
  return darkQuery().matches ? "dark" : "light";
}

function chosenTheme(): Theme | undefined {
  try {
    const stored = localStorage.getItem(storageKey);
    return stored === "light" || stored === "dark" ? stored : undefined;
  } catch {
    return undefined;
  }
}
