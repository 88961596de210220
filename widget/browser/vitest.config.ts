import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname, include: ['*.test.ts'], globalSetup: 'setup.ts',
    fileParallelism: false, isolate: false, testTimeout: 240_000, hookTimeout: 120_000, reporters: 'dot',
  },
})
