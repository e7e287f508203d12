import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const usualPath = "/usr/bin/chromium";

/** A browser that talks to nobody but the pages it is given. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--no-first-run",
];

/**
 * Starts Chromium, headless and with a fresh profile.
 * @throws Error that says what to install, when it is not there
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? usualPath;
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no Chromium at ${executablePath}: run "apt-get install chromium", or set CHROMIUM_PATH to one.`,
    );
  }
  return chromium.launch({ executablePath, args: flags, headless: true });
}
