// Package limit admits at most N requests of a key in every window of a minute, and all N: a
// sliding-window log. A fixed window would admit up to 2N around its edge, a token bucket 2N - 1.
//
// Local keeps the log in this process, Redis in a store that several replicas share, Fallback goes
// from the second to the first while the store is away, and Shadow watches a limit nobody enforces
// yet. Policy writes the HTTP fields of draft-ietf-httpapi-ratelimit-headers-11.
//
// It knows time, counts and keys. It must never know what a request asks, which tier sets a limit,
// how much a month includes, or a web framework.
package limit
