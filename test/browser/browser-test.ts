import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "./chromium.ts";
import { watchPage, type PageWatch } from "./watched-page.ts";

/** What a test of pages is given. */
export interface BrowserTest {
  readonly t: TestContext;
  /** Opens a page in a profile of its own: another page knows nothing of it. */
  open(url: string, options?: OpenOptions): Promise<Page>;
}

/** Options of {@link BrowserTest.open}. */
export interface OpenOptions {
  /** Problems that the test brings about itself, such as a connection that it cuts. Default: none. */
  readonly expected?: readonly RegExp[];
  /** JavaScript that runs in the page before anything of its own. */
  readonly before?: string;
}

/** How long a page may take for one step, in milliseconds. */
const stepMsMax = 20_000;
const screenshotsDir = "test/browser/screenshots";
const wide = { width: 1280, height: 800 };
const phone = { width: 390, height: 844 };

/** One browser serves all tests of a file: a profile is what keeps two of them apart. */
let launched: Promise<Browser> | undefined;

/**
 * A test in a browser. It fails when a page reports an error, has an error nobody caught, a request that failed, or one
 * to another server than the one it came from.
 */
export function browserTest(title: string, run: (it: BrowserTest) => Promise<void>): void {
  test(title, async (t) => {
    launched ??= launchChromium();
    const browser = await launched;
    const contexts: BrowserContext[] = [];
    const watches: PageWatch[] = [];
    try {
      await run({
        t,
        async open(url, { expected = [], before } = {}) {
          const context = await browser.newContext({ viewport: wide });
          contexts.push(context);
          context.setDefaultTimeout(stepMsMax);
          if (before !== undefined) await context.addInitScript({ content: before });
          const page = await context.newPage();
          watches.push(watchPage(page, url, expected));
          await page.goto(url);
          return page;
        },
      });
    } finally {
      for (const context of contexts) await context.close();
    }
    assert.deepEqual(
      watches.flatMap(({ problems }) => problems),
      [],
    );
  });
}

after(async () => {
  await (await launched)?.close();
});

/** Resolves when what is typed goes into a field: a page is loaded a moment before it has put the focus there. */
export async function readyToType(page: Page): Promise<void> {
  await page.waitForFunction("/^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName)");
}

/**
 * Takes four pictures of a page as it is now: wide and phone, light and dark. Nobody compares them; they are for people to
 * look at. They go to a folder that git leaves out.
 */
export async function photograph(page: Page, name: string): Promise<void> {
  mkdirSync(screenshotsDir, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [size, viewport] of Object.entries({ phone, wide })) {
      await page.setViewportSize(viewport);
      const path = join(screenshotsDir, `${name}-${size}-${colorScheme}.png`);
      await page.screenshot({ path, animations: "disabled" });
    }
  }
  await page.emulateMedia({ colorScheme: null });
}
