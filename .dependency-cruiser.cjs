// The layer rules of docs/architecture.md, as a check: who may import whom. test/project/layers.test.ts shows that they bite.

/** The way of a byte: a layer uses those after it, never those before it. */
const layers = ["transport", "connection", "session"];

const upward = layers.map((layer, index) => ({
  name: `server-${layer}-looks-down-only`,
  severity: "error",
  from: { path: `^server/${layer}/` },
  to: { path: `^server/(${layers.slice(0, index).join("|") || "nothing-is-above"})/` },
}));

module.exports = {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-orphans",
      severity: "error",
      from: {
        orphan: true,
        pathNot: "^test/cli/rooms/|/page/main\\.tsx?$|\\.d\\.ts$|(^|/)\\.|\\.config\\.|\\.cjs$",
      },
      to: {},
    },
    {
      name: "nothing-above-the-seam-names-a-room",
      comment:
        "Players reach rooms by the interfaces of server/feed/, so that a room can live elsewhere. server/engine.ts alone " +
        "knows both sides.",
      severity: "error",
      from: { path: "^server/(transport|connection|session|services)/" },
      to: { path: "^server/(room|rooms|state)/" },
    },
    {
      name: "the-seam-stands-alone",
      comment:
        "What crosses between players and rooms is plain data: of the server it knows nothing.",
      severity: "error",
      from: { path: "^server/feed/" },
      to: { path: "^server/(?!feed/)" },
    },
    {
      name: "rooms-look-down-only",
      comment: "A room knows no player's connection and no service.",
      severity: "error",
      from: { path: "^server/(room|rooms|state|schedule|observe)/" },
      to: { path: "^server/(transport|connection|session|services)/" },
    },
    {
      name: "one-room-knows-not-all",
      severity: "error",
      from: { path: "^server/(room|state)/" },
      to: { path: "^server/rooms/" },
    },
    {
      name: "state-and-schedule-know-no-room",
      severity: "error",
      from: { path: "^server/(state|schedule)/" },
      to: { path: "^server/(room|rooms)/" },
    },
    {
      name: "shared-stands-alone",
      comment: "shared/ is platform free: nothing of ours outside it, nothing of Node.",
      severity: "error",
      from: { path: "^shared/" },
      to: { path: "^(server|client|monitor|pages|playground|cli|testing|examples|test|bench)/" },
    },
    {
      name: "shared-has-no-node",
      severity: "error",
      from: { path: "^shared/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "server-not-client",
      severity: "error",
      from: { path: "^server/" },
      to: { path: "^(client|monitor|pages|playground|cli|testing|examples|test)/" },
    },
    {
      name: "client-not-server",
      severity: "error",
      from: { path: "^client/" },
      to: { path: "^(server|monitor|pages|playground|cli|testing|examples|test)/" },
    },
    {
      name: "wire-libraries-only-in-transport",
      severity: "error",
      from: {
        path: "^(shared|server|client)/",
        pathNot: "^(server|client)/transport/",
      },
      to: {
        path: "node_modules/(@grpc/grpc-js|ws)/|^(node:)?(http2|net|tls)$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "browsers-have-no-node",
      comment:
        "What the browser's composition root needs must not need Node; the bundler sees to its libraries.",
      severity: "error",
      from: { path: "^client/(browser|react/browser|store/)" },
      to: {
        path: "node_modules/(@grpc|ws)/|^(node:)?(fs|http2?|net|tls|os|path)$",
        reachable: true,
      },
    },
    {
      name: "examples-use-public-names",
      severity: "error",
      from: { path: "^examples/" },
      to: {
        path: "^(server|client|shared|testing|monitor|pages|playground)/(?!((contract|store|react)/)?index\\.ts$)",
      },
    },
    {
      name: "pages-know-no-server",
      comment:
        "The pages of the server run in browsers: of ours they see shared/, pages/ and themselves, and the playground the SDK.",
      severity: "error",
      from: { path: "^(monitor|pages)/" },
      to: { path: "^(server|client|cli|testing|examples|test|bench|playground)/" },
    },
    {
      name: "the-playground-is-a-client",
      comment: "The playground has of the SDK what users have.",
      severity: "error",
      from: { path: "^playground/" },
      to: {
        path: "^(server|cli|testing|examples|test|bench|monitor)/|^client/(?!(index|browser)\\.ts$)",
      },
    },
    {
      name: "pages-stand-alone",
      severity: "error",
      from: { path: "^pages/" },
      to: { path: "^(monitor|playground)/" },
    },
    {
      name: "vite-only-starts-the-command",
      comment:
        "What runs in Vite starts roomline dev as a process of its own, and knows what that tells.",
      severity: "error",
      from: { path: "^vite-plugin/" },
      to: {
        path: "^(server|client|shared|testing|monitor|pages|playground|examples|test|bench)/|^cli/(?!dev/report\\.ts$)",
      },
    },
    {
      name: "create-stands-alone",
      comment: "npm create roomline fetches create-roomline and nothing of the rest.",
      severity: "error",
      from: { path: "^create-roomline/" },
      to: { path: "^(server|client|shared|testing|monitor|pages|playground|cli|examples)/" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^(test|bench)/" },
    },
    ...upward,
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|built|node_modules)/|bench/node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      conditionNames: ["roomline-source", "import", "node", "default"],
      exportsFields: ["exports"],
    },
  },
};
