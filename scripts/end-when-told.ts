// Loaded into every process of tests. The runner ends one that takes too long by SIGTERM; what is left running there (a
// library that handles signals itself, such as playwright) must not keep it, and what listens to "exit" may tidy up.
process.once("SIGTERM", () => process.exit(143));
