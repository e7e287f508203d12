import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code } from "@connectrpc/connect";
import { judgeTry, type TryEnd } from "../../client/watch/watch-verdict.ts";
import { closeReasons } from "../../shared/close-reason.ts";

const judge = (end: Partial<TryEnd>, facts: { wasLive?: boolean; waitForRoom?: boolean } = {}) => {
  const verdict = judgeTry(
    { status: "ok", closeCode: undefined, isOfServer: true, detail: "", ...end },
    { wasLive: false, waitForRoom: true, ...facts },
  );
  return verdict.next === "end" ? verdict.end.kind : verdict.next;
};

describe("whether a watch comes back", () => {
  it("WA-10: by the close reason, when there is one", () => {
    for (const { code, action, name } of Object.values(closeReasons)) {
      const expected = action === "stop" ? "closed" : "retry";
      assert.equal(judge({ status: Code.Unavailable, closeCode: code }), expected, name);
      const impatient = judge({ closeCode: code }, { waitForRoom: false });
      assert.equal(impatient, action === "resume" ? "retry" : "closed", name);
    }
  });

  it("WA-10: else by the status, if the server itself has said so: what another try would not change is final", () => {
    const final = new Set([
      "InvalidArgument",
      "AlreadyExists",
      "PermissionDenied",
      "Unimplemented",
    ]);
    for (const name of ["Unauthenticated", "FailedPrecondition", "OutOfRange"]) final.add(name);
    const codes = Object.values(Code).filter((code) => typeof code === "number");
    for (const status of codes) {
      assert.equal(judge({ status }), final.has(Code[status]) ? "failed" : "retry", Code[status]);
      const inBetween = { status, isOfServer: false };
      assert.equal(judge(inBetween, { waitForRoom: false }), "retry", `${Code[status]} of a proxy`);
    }
    assert.equal(judge({ status: "silent" }), "retry");
    assert.equal(judge({ status: "ok" }), "retry", "something in between ended it");
    assert.equal(judge({ status: Code.NotFound }, { waitForRoom: false }), "failed");
    assert.equal(judge({ status: Code.AlreadyExists }, { wasLive: true }), "reclaim");
  });
});
