// Package sched runs many generations at once on one model: continuous batching.
//
// One goroutine, on one locked OS thread, owns the Backend and repeats one short step:
//
//	reap      finish what was cancelled or is past its deadline
//	pull      a free slot asks the Source for the next job; one for which the KV cache has no room goes back
//	schedule  whose adapter's turn it is, and how many tokens each sequence feeds: decode rows first, then prefill;
//	          a scope that crowds the slots comes last, with as many rows as the others' pace allows
//	run       one call into the Backend: decode the batch, sample where a token is wanted
//	deliver   append text to each job's own buffer, ask its Guide what follows by force, finish what has ended
//
// A job lives in a slot, and a slot is one sequence of the KV cache:
//
//	waiting ──pull──▶ prefix ──copied──▶ prefill ──first token──▶ decode ──▶ finished
//	   ▲                 (skipped without a public prefix)          │
//	   └───────── put back when a step finds no room all the same ──┘
//
// Slots pull from the Source when they are free; nothing is queued between the two, so a fair
// Source decides at the last moment. Nothing in the loop waits for a client: a job's text goes to
// a buffer bounded by its token limit, and the client reads it at its own pace.
//
// Nothing a job computed is ever used for another job, with two exceptions. A prompt's public prefix,
// which its submitter declares to be the same for everybody, is computed once into a sequence of its own
// and copied into slots. What a job with Keep leaves is copied into another such sequence, and later
// jobs of the same scope may continue from it; of no other. Both are used only under the adapter they were
// computed with. Every slot is cleared before its next job.
//
// The package is pure Go over the Backend interface. It must never know cgo, HTTP, tenants or
// tiers; a job's scope and weight are opaque to it.
package sched
