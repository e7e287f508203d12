import { useEffect, useState } from "preact/hooks";
import { applyTheme, chooseTheme, currentTheme, onSystemTheme, type Theme } from "./theme.ts";

/** The theme in force, and what changes it. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(currentTheme);
  useEffect(
    () =>
      onSystemTheme((next) => {
        applyTheme(next);
        setTheme(next);
      }),
    [],
  );
  const toggle = () => {
    const next = theme === "dark" ? "light" : "dark";
    chooseTheme(next);
    setTheme(next);
  };
  return [theme, toggle];
}
