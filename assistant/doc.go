// Package assistant turns a question into an answer: it asks a model for a plan (constrained to legal
// ones), runs the plan's SQL on the tenant's own snapshot, asks the model for a sentence that names
// figures only by reference, and puts the shop's own cells in place of the references.
//
// It knows the order of these steps, the prompts, and how cells are shown. It must never know how a
// model runs (it calls a Generator), where a tenant's data lives (it calls a DataSource), HTTP, tiers
// or billing; and no figure in an answer may come from a model.
//
// Read assistant.go first: Ask is the path. docs/answer-language.md is the contract of the second half.
package assistant
