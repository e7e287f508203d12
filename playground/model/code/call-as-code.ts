import { curlCode } from "./curl.ts";
import { grpcurlCode } from "./grpcurl.ts";
import type { CodeLanguage, PlayedCall } from "./played-call.ts";
import { pythonCode } from "./python.ts";
import { typescriptCode } from "./typescript.ts";

/** The languages for people, in the order in which a page offers them. */
export const codeLanguages: readonly { readonly language: CodeLanguage; readonly label: string }[] =
  [
    { language: "typescript", label: "TypeScript" },
    { language: "python", label: "Python" },
    { language: "curl", label: "curl" },
    { language: "grpcurl", label: "grpcurl" },
  ];

/** A program that does what was done on the page. Its first lines say, as comments, what it needs and how to run it. */
export function callAsCode(call: PlayedCall, language: CodeLanguage): string {
  switch (language) {
    case "typescript":
      return typescriptCode(call);
    case "python":
      return pythonCode(call);
    case "curl":
      return curlCode(call);
    case "grpcurl":
      return grpcurlCode(call);
  }
}
