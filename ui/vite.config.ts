import { defineConfig } from "vitest/config";

// The built page is part of the Python package, so that nobody who uses it needs Node.
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/workflow_scheduler/web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // Each file is a request to a server of one process: what most pages need is one script, and all styles are one sheet.
    cssCodeSplit: false,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "components", test: /src\/(api|live|components|time)\// }] } } },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://127.0.0.1:8321" } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
