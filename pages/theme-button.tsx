import type { Theme } from "./theme.ts";

/** Changes between light and dark. */
export function ThemeButton({ theme, onTheme }: { theme: Theme; onTheme: () => void }) {
  return (
    <button
      type="button"
      class="ghost"
      onClick={onTheme}
      aria-label={theme === "dark" ? "Light theme" : "Dark theme"}
      title="Light or dark (t)"
    >
      {theme === "dark" ? "☀" : "☾"}
    </button>
  );
}
