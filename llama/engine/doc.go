// Package engine is one loaded model behind one scheduler: what commands open and the assistant
// generates with. It renders prompts with the model's own chat template, keeps what users typed
// from ever becoming a control token, and marks which part of a prompt is public.
//
// It ties package llama to package sched and must never know what a prompt is about, who asks, or
// how the answer is sent.
package engine
