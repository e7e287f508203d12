/**
 * A decoder that throws at what is no UTF-8. Where the engine has none of this kind (Hermes of React Native), one that puts
 * U+FFFD there.
 */
export function createUtf8Decoder(options: { readonly ignoreBOM?: boolean } = {}) {
  try {
    return new TextDecoder("utf-8", { ...options, fatal: true });
  } catch {
    return new TextDecoder();
  }
}
