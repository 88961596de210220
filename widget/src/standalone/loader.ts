// The script of a page without React: it names the custom elements' settings and loads the elements themselves, so that
// the page around it waits for nothing. It adds one name to the page: ilsai.
import type { Elements } from './elements'

const script = document.currentScript as HTMLScriptElement | null
const base = new URL('.', script?.src || new URL('/widget/ilsai.js', location.href))
const elements = import(/* @vite-ignore */ new URL('elements.js', base).href) as Promise<Elements>
elements.catch(() => console.error('ilsai: the widget could not be loaded from', base.href))

// Elements that stand in the page keep the room they will need, so that nothing moves when they are drawn.
const room = { 'ils-quick-query': 126, 'ils-usage': 31, 'ils-feature': 96 }
for (const [name, height] of Object.entries(room)) {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`:host{display:block;min-block-size:${height}px}`)
  for (const e of document.querySelectorAll(name)) if (!e.shadowRoot) e.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
}

Object.defineProperty(window, 'ilsai', {
  value: Object.freeze({
    /** Connects the page's elements; see docs/embedding.md. The server is where the script is from, unless baseUrl says otherwise. */
    configure: (settings: object) => elements.then((e) => e.configure({ baseUrl: base.origin, ...settings } as Parameters<Elements['configure']>[0]), () => undefined),
  }),
})
