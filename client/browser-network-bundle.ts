/** `/roomline-network.js`, for pages without a bundler, beside `/roomline.js`: bad networks, for `connect({ network })`. */
export { emulateNetwork } from "../shared/network/emulated-network.ts";
export { networkPresets } from "../shared/network/conditions.ts";
