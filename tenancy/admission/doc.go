// Package admission takes a question of a proven principal through everything that makes it paid
// work once: rate limit, idempotency key, deduplication, monthly quota, and the usage row.
//
//	limit ─→ answered before? (key) ─→ known? (cache, 5 min) ─→ reserve ─→ work ─→ settle ─→ reply
//	  429        replay, free            row, free               429       refund on failure
//
// Every question ends in one of three ways. Admitted: one usage row, durable before the reply, whether
// it was answered or failed. Replayed: nothing new. Refused before it was admitted: counted by tenant,
// hour, query type and error code in Refusals and written once a second, because a row each would let
// any client fill the disk at the speed of its network. A crash loses the counts since the last write,
// a second's at most while the database answers; they are for statistics and never billed.
//
// It knows the rules' order and the contracts of tenancy. It must never know HTTP, how an answer is
// made or what is in it (bytes), or where rows are kept.
package admission
