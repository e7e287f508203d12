// The layer rules of docs/architecture.md, as a check.
const layers = ["transport", "connection", "session", "room"];

/** A layer may use the ones after it in the way of a byte, never those before it. */
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
      name: "shared-stands-alone",
      comment: "shared/ is platform free: nothing of ours outside it, nothing of Node.",
      severity: "error",
      from: { path: "^shared/" },
      to: { path: "^(server|client|cli|testing|examples|test|bench)/" },
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
      to: { path: "^(client|cli|testing|examples|test)/" },
    },
    {
      name: "client-not-server",
      severity: "error",
      from: { path: "^client/" },
      to: { path: "^(server|cli|testing|examples|test)/" },
    },
    {
      name: "wire-libraries-only-in-transport",
      severity: "error",
      from: { path: "^(shared|server|client)/", pathNot: "^(server|client)/transport/" },
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
      from: { path: "^client/browser" },
      to: {
        path: "node_modules/(@grpc|ws)/|^(node:)?(fs|http2?|net|tls|os|path)$",
        reachable: true,
      },
    },
    {
      name: "examples-use-public-names",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(server|client|shared|testing)/(?!(contract/)?index\\.ts$)" },
    },
    {
      name: "pages-know-no-server",
      comment:
        "The monitor page runs in browsers: of ours it sees shared/ and itself, and nothing sees it.",
      severity: "error",
      from: { path: "^monitor/" },
      to: { path: "^(server|client|cli|testing)/" },
    },
    {
      name: "server-not-pages",
      severity: "error",
      from: { path: "^server/", pathNot: "^monitor/" },
      to: { path: "^monitor/" },
    },
    {
      name: "nothing-imports-tests",
      severity: "error",
      from: { pathNot: "^(test|bench)/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "rooms-know-no-connection",
      severity: "error",
      from: { path: "^server/(schedule|state)/" },
      to: { path: "^server/(transport|connection|session)/" },
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
