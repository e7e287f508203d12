import type { DescFile } from "@bufbuild/protobuf";

/** These files and all they import, each once, after what it imports. */
export function withDependencies(files: Iterable<DescFile>): DescFile[] {
  const ordered = new Set<DescFile>();
  const add = (file: DescFile): void => {
    if (ordered.has(file)) return;
    for (const dependency of file.dependencies) add(dependency);
    ordered.add(file);
  };
  for (const file of files) add(file);
  return [...ordered];
}
