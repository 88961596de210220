import { Problem } from '../api/problem'
import { ar } from './ar'
import { en, type Messages } from './en'
import { es } from './es'

export type { Messages }

const languages: Record<string, Messages> = { en, es, ar }

/** The words of a locale such as es-MX; English for a language there is none for. */
export function messagesOf(locale: string): Messages {
  return languages[locale.toLowerCase().split('-')[0]] ?? en
}

export function direction(locale: string): 'ltr' | 'rtl' {
  return ['ar', 'he', 'fa', 'ur'].includes(locale.toLowerCase().split('-')[0]) ? 'rtl' : 'ltr'
}

/** Figures look as in the server's sentences, whatever the language around them: £1,234.50 must not be 1.234,50 £ below. */
export const figureLocale = 'en-GB'

/** The locale of dates, with the sentences' digits. English without a region has days before months, as the server writes them. */
export function dateLocale(locale: string): string {
  return `${locale.toLowerCase() === 'en' ? 'en-GB' : locale}-u-nu-latn`
}

/** Puts values in the place of {name}. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => (name in values ? String(values[name]) : all))
}

/** A problem in words. The server's own sentence says most, but it is English. */
export function problemText(p: Problem, m: Messages): string {
  if (m === en && p.detail) return p.detail
  const known = p.code in m.problems ? m.problems[p.code as keyof Messages['problems']] : m.problems.other
  return fill(known, { id: p.requestId ?? p.code })
}
