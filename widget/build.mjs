// Builds the widget: lib/ is the npm package, dist/ what the program embeds.
// Usage: node build.mjs
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const here = dirname(fileURLToPath(import.meta.url))
const at = (...p) => join(here, ...p)
const shared = { configFile: false, logLevel: 'warn', publicDir: false, define: { 'process.env.NODE_ENV': '"production"' } }
const preact = {
  'react/jsx-runtime': 'preact/jsx-runtime', 'react-dom/client': 'preact/compat/client', 'react-dom': 'preact/compat', react: 'preact/compat',
}

rmSync(at('lib'), { recursive: true, force: true })
for (const name of readdirSync(at('dist'))) if (name !== 'README') rmSync(at('dist', name), { recursive: true, force: true })

// The package: React stays outside, parts that are loaded later stay apart.
await build({
  ...shared, root: here,
  build: {
    outDir: at('lib'), emptyOutDir: false, target: 'es2022', cssCodeSplit: false, minify: false,
    lib: { entry: at('src/index.ts'), formats: ['es'] },
    rollupOptions: { external: /^react(-dom)?($|\/)/, output: { entryFileNames: 'index.js', chunkFileNames: '[name].js' } },
  },
})
cpSync(at('src/style.css'), at('lib/style.css'))
const types = spawnSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.lib.json')], { stdio: 'inherit' })
if (types.status !== 0) process.exit(1)

// The script for pages without React, on Preact.
await build({
  ...shared, root: here, resolve: { alias: preact },
  build: {
    outDir: at('dist/widget'), emptyOutDir: false, target: 'es2022', modulePreload: false,
    rollupOptions: {
      input: { elements: at('src/standalone/elements.tsx') }, preserveEntrySignatures: 'strict',
      output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
})
await build({
  ...shared, root: here,
  build: {
    outDir: at('dist/widget'), emptyOutDir: false, target: 'es2022',
    lib: { entry: at('src/standalone/loader.ts'), formats: ['iife'], name: 'ilsaiLoader', fileName: () => 'ilsai.js' },
  },
})

// The demo dashboard, on React itself.
await build({
  ...shared, root: at('demo'), base: '/', resolve: { alias: { '@ils/assistant/style.css': at('src/style.css'), '@ils/assistant': at('src/index.ts') } },
  build: { outDir: at('dist'), emptyOutDir: false, target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
