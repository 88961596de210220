// What the server sends and takes. Members the widget does not use are left out; unknown ones are ignored.

export type QueryType = 'ophthalmic' | 'sales' | 'inventory' | 'patients'
export const queryTypes: readonly QueryType[] = ['sales', 'inventory', 'patients', 'ophthalmic']

export type Tier = 'basic' | 'professional' | 'enterprise'

/** A cell as sent: money in hundredths, steps of time as YYYY-MM-DD, "<11" for a suppressed figure. */
export type Cell = string | number | null

export interface Column {
  id: string
  label: string
  unit: string
}

export interface Data {
  suppressed?: boolean // figures of few people are hidden
  columns: Column[]
  rows: Cell[][]
  total?: Cell[]
  row_count: number
  truncated: boolean
  currency?: string
}

/** Ties a stretch of the answer to a cell. start and end count Unicode code points; row 0 is outside the rows. */
export interface Citation {
  ref: string
  row: number
  column: string
  value: Cell
  text: string
  start: number
  end: number
}

export interface Period {
  label: string
  from: string
  to: string
  partial: boolean
  default: boolean
}

export interface Filter {
  dimension: string
  values: string[]
}

/** A passage of the knowledge corpus that an answer rests on, with the stretches of the answer that do. */
export interface Passage {
  ref: string
  id: string
  title: string
  sources?: string[]
  sentences?: { ref: string; quoted: boolean; start: number; end: number }[]
}

export interface Answer {
  answer: string
  query_type: QueryType
  plan: Record<string, unknown> | 'knowledge' | 'unsupported'
  reason?: string
  plan_words?: string
  /** What is not shown or not recorded, and why. */
  notice?: string
  period?: Period
  comparison_period?: Period
  filters?: Filter[]
  unknown?: { asked: string; nearest: string[] }
  data?: Data
  citations?: Citation[]
  passages?: Passage[]
  /** How soon an eye care professional should be seen. */
  refer?: 'same_day' | 'soon' | 'routine' | ''
  recommended?: { kinds: string[]; products: { name: string; kind: string }[] }
  chart?: string
  suggestions?: string[]
  as_of?: string
  model?: string
  tokens_used?: number
  request_id?: string
  from_cache?: boolean
}

export interface Progress {
  stage: 'queued' | 'reading' | 'writing' | string
  plan_words?: string
  period?: Period
  position?: number
  eta_ms?: number
}

export interface Usage {
  tenant_id: string
  tier: Tier
  used: number
  limit: number // -1: unlimited
  remaining: number
  percentage: number
  warning_at: number
  warning: boolean
  upgrade?: Tier
  resets_at: string
}

export interface Feature {
  available: boolean
  required_tier: Tier
  message?: string
}

export interface Features {
  tier: Tier
  features: Partial<Record<QueryType, Feature>>
}

export interface ConversationSummary {
  id: string
  title: string
  created_at: string
  updated_at: string
}

export interface Turn {
  id: number
  role: 'user' | 'assistant'
  question?: string
  answer?: Answer
  request_id: string
  created_at: string
}

export interface Insight {
  text: string
  question?: string
  query_type?: QueryType
}
