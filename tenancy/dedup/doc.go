// Package dedup answers a question once that is asked many times: from a cache for five minutes, and
// by coalescing while the first answer is still being made. What one shop asked is never an answer
// to another.
//
// It knows keys, bytes, time and which tenant they belong to. It must never know what a question
// means, how an answer is made, what it costs, or who else may see it: whatever makes two answers
// different belongs into the key.
package dedup
