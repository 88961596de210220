/** A new idempotency key: the same key twice is one answer and one bill. */
export function idempotencyKey(userId: string, now: number): string {
  return `${userId.replace(/[^\w-]/g, '').slice(0, 40) || 'user'}-${now}-${uuid()}`
}

/** crypto.randomUUID exists in secure contexts only; shops reach their server over plain HTTP too. */
function uuid(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
