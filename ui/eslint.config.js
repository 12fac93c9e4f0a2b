import { readdirSync } from "node:fs";
import globals from "globals";
import svelte from "eslint-plugin-svelte";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** What each room may not look into: app > features > pki > components > lib, and features > ipc. */
const rooms = {
  lib: ["app", "features", "pki", "components", "ipc", "i18n", "testing"],
  i18n: ["app", "features", "pki", "components", "ipc", "testing"],
  components: ["app", "features", "pki", "ipc", "testing"],
  ipc: ["app", "features", "pki", "components", "testing"],
  pki: ["app", "features", "testing"],
  features: ["app", "testing"],
};

const features = readdirSync(new URL("src/features", import.meta.url));
const tests = ["**/*.test.ts"];
const tauri = { group: ["@tauri-apps/*"], message: "The page talks to its host through src/ipc/tauri.ts alone." };
const patterns = (list, message) => [tauri, { group: list.map((name) => `**/${name}/**`), message }];

const edges = Object.entries(rooms).map(([room, forbidden]) => ({
  files: [`src/${room}/**/*.{ts,svelte}`],
  ignores: [...tests, "src/ipc/tauri.ts"],
  rules: {
    "no-restricted-imports": ["error", { patterns: patterns(forbidden, `${room} may not import ${forbidden.join(", ")}.`) }],
  },
}));

const apart = features.map((name) => {
  const others = features.filter((other) => other !== name);
  return {
    files: [`src/features/${name}/**/*.{ts,svelte}`],
    ignores: tests,
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [...patterns(rooms.features, "A feature knows neither the frame nor the tests' furniture."), { group: others.map((other) => `../${other}/**`), message: "No feature imports another." }] },
      ],
    },
  };
});

export default ts.config(
  { ignores: ["dist", "dist-fake", "node_modules", "src/ipc/generated", "src/i18n/generated"] },
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs["flat/recommended"],
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: { projectService: { allowDefaultProject: ["*.js", "scripts/*.mjs", "scripts/screens/*.mjs"] }, extraFileExtensions: [".svelte"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "no-restricted-imports": ["error", { patterns: [tauri] }],
      "svelte/no-at-html-tags": "error",
      "svelte/require-each-key": "error",
      // Sets and maps here are made and used up inside one function.
      "svelte/prefer-svelte-reactivity": "off",
      "svelte/no-navigation-without-resolve": "off",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { arguments: false, attributes: false } }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      // A rune is assigned by the compiler, which these rules cannot see.
      "prefer-const": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  ...edges,
  ...apart,
  { files: ["src/ipc/tauri.ts"], rules: { "no-restricted-imports": "off" } },
  { files: ["**/*.js", "**/*.mjs"], ...ts.configs.disableTypeChecked, languageOptions: { globals: { ...globals.node, ...globals.browser } } },
  { files: ["**/*.mjs"], rules: { "no-console": "off" } },
);
