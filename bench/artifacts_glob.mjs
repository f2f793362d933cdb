// node artifacts_glob.mjs TOOL PATTERN...: how many files of this folder a tool finds.
// Both are told what the ceremony's walk does anyway: follow no links, take no hidden files.
const [tool, ...patterns] = process.argv.slice(2);

const tools = {
  "@actions/glob": async () => {
    const { create } = await import("@actions/glob");
    const globber = await create(patterns.join("\n"), {
      followSymbolicLinks: false,
      matchDirectories: false,
      excludeHiddenFiles: true,
    });
    return globber.glob();
  },
  tinyglobby: async () => {
    const { glob } = await import("tinyglobby");
    return glob(patterns, { followSymbolicLinks: false });
  },
};

console.log((await tools[tool]()).length);
