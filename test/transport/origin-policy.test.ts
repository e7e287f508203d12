import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { allowOrigins, originFault } from "../../server/transport/origin-policy.ts";

const matches: readonly [named: string, sent: readonly string[], others: readonly string[]][] = [
  [
    "https://game.example",
    ["https://game.example"],
    ["http://game.example", "https://a.game.example"],
  ],
  ["capacitor://localhost", ["capacitor://localhost"], ["ionic://localhost", "https://localhost"]],
  ["app://.", ["app://."], ["app://x"]],
  ["chrome-extension://abcdef", ["chrome-extension://abcdef"], ["chrome-extension://abcdeg"]],
  ["file://", ["file://"], ["null"]],
  ["null", ["null"], ["file://", "https://null"]],
  [
    "https://*.game.example",
    ["https://a.game.example", "https://a.b.game.example", "https://xn--tda.game.example"],
    [
      ...["https://game.example", "http://a.game.example", "https://a.game.example:444"],
      ...["https://evilgame.example", "https://a.game.example.evil", "https://.game.example"],
      ...[
        "https://evil.example#.game.example",
        "https://a.gameXexample",
        "https://a/b.game.example",
      ],
    ],
  ],
  ["https://*.game.example:444", ["https://a.game.example:444"], ["https://a.game.example"]],
  [
    "http://localhost:*",
    ["http://localhost", "http://localhost:5173"],
    [
      "http://localhost:x",
      "http://localhost:1:2",
      "https://localhost:1",
      "http://localhost.evil:1",
    ],
  ],
  ["https://*", ["https://a.example", "https://[::1]"], ["http://a", "https://a:1", "https://a/b"]],
  ["http://[::1]:*", ["http://[::1]:5173"], ["http://[::2]:5173"]],
  ["moz-extension://*", ["moz-extension://3f1c7e0a-0000"], ["chrome-extension://3f1c7e0a-0000"]],
  ["*", ["https://any.example", "null", "app://x"], []],
];

const refused: readonly [named: string, meant: string][] = [
  ["https://game.example/", '"https://game.example", as browsers send it'],
  ["https://Game.Example", '"https://game.example", as browsers send it'],
  ["https://game.example:443", '"https://game.example", as browsers send it'],
  ["https://game.example/play", '"https://game.example", as browsers send it'],
  ["https://spiel.ü.example", '"https://spiel.xn--tda.example", as browsers send it'],
  ["wss://game.example", '"https://game.example", as browsers send it'],
  ["game.example", '"https://game.example", as browsers send it'],
  ["localhost:5173", '"http://localhost:5173", as browsers send it'],
  ["https://*.*.example", '"*", or like'],
  ["https://game.*", '"*", or like'],
  ["https://ga*me.example", '"*", or like'],
  ["*.game.example", '"https://*.game.example", as browsers send it'],
  ["Capacitor://localhost", '"*", or like'],
  ["capacitor://", '"*", or like'],
  ["data:", '"*", or like'],
  ["", '"*", or like'],
];

suite("WS-2: origins that may be named", () => {
  for (const [named, sent, others] of matches) {
    test(`${named} is ${sent.join(", ")}`, () => {
      assert.equal(originFault(named), undefined);
      const allowed = allowOrigins(["https://other.example", named]);
      for (const origin of sent) assert.ok(allowed(origin), origin);
      for (const origin of others) assert.ok(!allowed(origin), origin);
    });
  }
  for (const [named, meant] of refused) {
    test(`${JSON.stringify(named)} could never match: it has to be ${meant}`, () => {
      assert.ok(originFault(named)?.startsWith(meant), originFault(named));
    });
  }
});
