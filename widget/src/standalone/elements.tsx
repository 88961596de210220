import type { ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import type { QueryType, Tier } from '../api/types'
import { AIAssistant } from '../react/AIAssistant'
import { AIInsights } from '../react/AIInsights'
import { AIQuickQuery } from '../react/AIQuickQuery'
import { AssistantProvider, type AssistantSettings } from '../react/context'
import { FeatureCard } from '../react/FeatureCard'
import { UsageIndicator } from '../react/UsageIndicator'
import css from '../style.css?inline'

export type Elements = typeof import('./elements')

export interface ElementSettings extends AssistantSettings {
  /** CSS variables of the looks, such as --ilsai-accent. */
  variables?: Record<`--ilsai-${string}`, string>
}

let settings: AssistantSettings | undefined
const connected = new Set<AssistantElement>()

/** Says how to reach the server and whose token to send. Elements show nothing before. */
export function configure({ variables, ...s }: ElementSettings): void {
  if (typeof s.getToken !== 'function') throw new TypeError('ilsai.configure needs getToken: a function that returns the user’s token')
  settings = s
  look.replaceSync('.ilsai {}')
  const rule = look.cssRules[0] as CSSStyleRule
  for (const [name, value] of Object.entries(variables ?? {})) if (name.startsWith('--ilsai-')) rule.style.setProperty(name, value)
  for (const e of connected) e.draw()
}

// A constructed sheet is no inline style: a policy without unsafe-inline lets it pass.
const look = new CSSStyleSheet()
let sheet: CSSStyleSheet | undefined
function styles(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet()
    sheet.replaceSync(css)
  }
  return sheet
}

abstract class AssistantElement extends HTMLElement {
  private root: Root | undefined

  protected abstract content(): ReactNode

  protected text(name: string): string | undefined {
    return this.getAttribute(name) ?? undefined
  }

  connectedCallback(): void {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open' })
    const before = shadow.adoptedStyleSheets.filter((s) => s !== styles() && s !== look) // the room that the loader keeps
    shadow.adoptedStyleSheets = [styles(), look, ...before]
    this.root = createRoot(shadow)
    connected.add(this)
    this.draw()
  }

  disconnectedCallback(): void {
    connected.delete(this)
    this.root?.unmount()
    this.root = undefined
  }

  attributeChangedCallback(): void {
    this.draw()
  }

  draw(): void {
    if (!this.root || !settings) return
    const locale = this.text('locale') ?? settings.locale
    const theme = (this.text('theme') as AssistantSettings['theme']) ?? settings.theme
    this.root.render(<AssistantProvider {...settings} locale={locale} theme={theme}>{this.content()}</AssistantProvider>)
  }
}

function define(name: string, attributes: string[], content: (text: (name: string) => string | undefined) => ReactNode): void {
  if (customElements.get(name)) return
  customElements.define(name, class extends AssistantElement {
    static observedAttributes = [...attributes, 'locale', 'theme']
    protected content(): ReactNode {
      return content((n) => this.text(n))
    }
  })
}

define('ils-assistant', ['tenant-id', 'user-id', 'user-name', 'subscription-tier', 'context'], (text) => {
  const [tenantId, userId] = [text('tenant-id'), text('user-id')]
  return tenantId && userId && (
    <AIAssistant tenantId={tenantId} userId={userId} userName={text('user-name')} subscriptionTier={(text('subscription-tier') as Tier) ?? 'basic'} context={text('context')} />
  )
})

define('ils-quick-query', ['context', 'suggestions'], (text) => (
  <AIQuickQuery context={text('context') ?? ''} suggestions={text('suggestions')?.split('|').map((s) => s.trim()).filter((s) => s !== '')} />
))

define('ils-insights', ['query', 'context'], (text) => <AIInsights query={text('query') ?? ''} context={text('context') ?? ''} />)

define('ils-usage', [], () => <UsageIndicator />)

define('ils-feature', ['feature', 'tier', 'name'], (text) => {
  const feature = text('feature') as QueryType | undefined
  return feature && <FeatureCard feature={feature} tier={text('tier') as Tier | undefined} name={text('name')} />
})
