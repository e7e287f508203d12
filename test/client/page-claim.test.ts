import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  createPageClaim,
  type Channel,
  type ClaimingPage,
} from "../../client/persist/page-claim.ts";
import { createVirtualClock } from "../../testing/virtual-clock.ts";
import { outcomeOf } from "./bench.ts";

const ids = (id: string) => ({ id: () => id, secret: () => id });
const nobody = { onmessage: null as Channel["onmessage"], isOpen: true };

/** Locks as a browser has them: one at a time by name, the others wait. */
function createLocks() {
  const held = new Map<string, Promise<unknown>>();
  const request: NonNullable<ClaimingPage["locks"]>["request"] = async (name, { signal }, hold) => {
    const before = held.get(name);
    if (before !== undefined) {
      const aborted = new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
      });
      await Promise.race([before, aborted]);
    }
    const holding = hold();
    held.set(name, holding);
    await holding;
  };
  return { request };
}

/** Channels between pages: a message comes to all others, later. */
function createChannels(defer: (callback: () => void) => void) {
  const open = new Set<typeof nobody>();
  return (): Channel => {
    const own = { ...nobody };
    open.add(own);
    return Object.assign(own, {
      postMessage(data: unknown) {
        for (const other of open)
          if (other !== own) defer(() => open.has(other) && other.onmessage?.({ data }));
      },
      close: () => void open.delete(own),
    });
  };
}

suite("a page that claims what it goes on with", () => {
  const clock = createVirtualClock();
  for (const [kind, rest, waitMs] of [
    ["by a lock", { locks: createLocks() }, 500],
    ["by asking the others", { openChannel: createChannels((call) => clock.defer(call)) }, 100],
  ] as const) {
    const claimAs = (id: string) => createPageClaim({ clock, ids: ids(id), ...rest });

    test(`${kind}: has it until it gives it back; another page is refused, and another name is free`, async () => {
      const claiming = claimAs("b")("one");
      await clock.advanceAsync(waitMs);
      const release = await claiming;
      assert.ok(release !== undefined);
      const second = claimAs("a")("one");
      await clock.advanceAsync(waitMs);
      assert.equal(await second, undefined);
      release();
      const third = claimAs("c")("one");
      await clock.advanceAsync(waitMs);
      const releaseThird = await third;
      assert.ok(releaseThird !== undefined);
      releaseThird();
      assert.equal(clock.pendingTimers, 0);
    });
  }

  test("by a lock: waits for a page that is just going", async () => {
    const claim = createPageClaim({ clock, ids: ids("a"), locks: createLocks() });
    const release = await claim("one");
    const next = claim("one");
    await clock.advanceAsync(300);
    assert.equal(await outcomeOf(next), "pending");
    release?.();
    await clock.advanceAsync(0);
    assert.ok((await next) !== undefined);
    assert.equal(clock.pendingTimers, 0);
  });

  test("by asking the others: of two that ask at once, one has it", async () => {
    const openChannel = createChannels((call) => clock.defer(call));
    const claims = ["b", "a", "c"].map((id) =>
      createPageClaim({ clock, ids: ids(id), openChannel })("one"),
    );
    await clock.advanceAsync(100);
    const got = (await Promise.all(claims)).map((release) => release !== undefined);
    assert.deepEqual(got, [false, true, false]);
  });

  test("where locks are not allowed, and where there is nothing to ask with, it is taken to have it", async () => {
    const request = () => Promise.reject(new Error("SecurityError"));
    for (const page of [{ locks: { request } }, {}])
      assert.ok((await createPageClaim({ clock, ids: ids("a"), ...page })("one")) !== undefined);
    assert.equal(clock.pendingTimers, 0);
  });
});
