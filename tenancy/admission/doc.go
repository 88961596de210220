// Package admission takes a question of a proven principal through everything that makes it paid
// work once: rate limit, idempotency key, deduplication, monthly quota, and the usage row.
//
//	limit ─→ answered before? (key) ─→ known? (cache, 5 min) ─→ reserve ─→ work ─→ settle ─→ reply
//	  429        replay, free            row, free               429       refund on failure
//
// It knows the rules' order and the contracts of tenancy. It must never know HTTP, how an answer is
// made or what is in it (bytes), or where rows are kept.
package admission
