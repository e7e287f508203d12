import type { Mutant } from "./mutant.ts";

const scalar = "playground/model/form/read-scalar.ts";
const literals = "playground/model/code/literals.ts";

/** What the playground promises: who may open it, what its forms give, and that its programs do what was done. */
export const playgroundMutants: readonly Mutant[] = [
  {
    name: "a validator that throws breaks the description of its room type",
    file: "shared/contract/payload-json-schema.ts",
    is: `    } catch {`,
    becomes: `    } catch (thrown) {\n      if (target === "draft-07") throw thrown;`,
    noticedBy: ["lobby/schemas"],
  },
  {
    name: "a schema tells what comes of a value, not what travels",
    file: "shared/contract/payload-json-schema.ts",
    is: "converter.input({ target })",
    becomes: "converter.output({ target })",
    noticedBy: ["lobby/schemas"],
  },
  {
    name: "all schemas of a room type together have no bound",
    file: "server/room/describe-schemas.ts",
    is: "    if (length + jsonSchema.length > schemasLengthMax) continue;\n",
    becomes: "",
    noticedBy: ["lobby/schemas"],
  },
  {
    name: "anybody is told by AdminService what rooms speak",
    file: "server/services/admin/admin.ts",
    is: "describeRoomTypes: reading(({ roomType }) => ({",
    becomes: "describeRoomTypes: (({ roomType }) => ({",
    noticedBy: ["lobby/schemas"],
  },
  {
    name: "the playground is there where nobody may open it",
    file: "server/open-port.ts",
    is: "return authenticate === undefined || adminTokens.length > 0;",
    becomes: "return true;",
    noticedBy: ["e2e/web-assets"],
  },
  {
    name: "a form counts no characters",
    file: scalar,
    is: "if (characters < lengthMin)",
    becomes: "if (text.length < lengthMin && lengthMin > 4)",
    noticedBy: ["playground/forms"],
  },
  {
    name: "a form takes what is at a bound that is excluded",
    file: scalar,
    is: "value >= below",
    becomes: "value > below",
    noticedBy: ["playground/forms"],
  },
  {
    name: "a key of a map may be given twice",
    file: "playground/model/form/read.ts",
    is: "if (pairs.has(name))",
    becomes: "if (pairs.has(name) && name === name + 1)",
    noticedBy: ["playground/forms"],
  },
  {
    name: "of several patterns, a form knows the last",
    file: "playground/model/form/merge-schemas.ts",
    is: "    case patternsKey:\n",
    becomes: "    case patternsKey:\n      return theirs;\n",
    noticedBy: ["playground/forms"],
  },
  {
    name: "a member called __proto__ is lost in TypeScript",
    file: literals,
    is: 'if (name === "__proto__") return `["__proto__"]`;',
    becomes: "",
    noticedBy: ["playground/code"],
  },
  {
    name: "a quote ends a word of the shell",
    file: literals,
    is: `text.replaceAll("'", \`'\\\\''\`)`,
    becomes: "text",
    noticedBy: ["playground/code"],
  },
  {
    name: "a field that is gone is no change",
    file: "playground/model/state-change.ts",
    is: "new Set([...Object.keys(before), ...Object.keys(after)])",
    becomes: "Object.keys(after)",
    noticedBy: ["playground/state-change"],
  },
];
