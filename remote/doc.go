// Package remote answers from an OpenAI-compatible server elsewhere (vLLM, also on Ray; llama-server) in the place
// of a model in this process.
//
//	Start   puts a request into a fair queue and returns at once
//	Stream  delivers the text while it comes, and says what it came to
//	Check   asks the server whether it is there and has the model
//
// At most Concurrency requests are at the server; whoever waits, waits here, in tenancy/fairq, where turns are fair
// and a cancelled request costs nothing. A request is tried again only while nothing of it can have been generated.
// Nothing that comes back is believed: text is bounded by what was asked for, token counts that cannot be are
// replaced by estimates, and what the text means is the caller's to check.
//
// The package knows HTTP, server-sent events and a queue. It must never know tenants (a scope is an opaque string),
// grammars, plans, databases, or who pays.
package remote
