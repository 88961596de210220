// Package server is the HTTP face: routes, authentication of a request, the wire types, and the
// one table from error codes to HTTP statuses. Messages for people are written here and in cmd.
//
// It knows Fiber and the contracts of tenancy and assistant. It must never know how a model runs
// (llama), how rows are stored (gorm, SQL) or how requests are queued: those arrive as interfaces.
//
// Fiber reuses the memory behind every string of a request once its handler returns. Whatever
// outlives the handler (usage rows, cache keys, log attributes) is copied on the way in, in one
// place: see newRequest.
package server
