// Package semantic knows the language between a question and its rows: the catalogue of what may be
// asked, the plan a question becomes, the periods people name, the grammars that hold a model to
// legal plans and legal sentences, and the SQL a plan stands for.
//
// It is pure: text, dates and values in, text and values out. It must never know a model, a
// tokenizer, HTTP, gorm or an open database, never read a clock, and never place anything that came
// from a question into SQL: identifiers come from the catalogue alone, values are bound.
//
// Read in this order: catalogue.go (what exists), plan.go (what was asked), period.go and window.go
// (when), values.go (which of the shop's own values a word means), compile.go (SQL), table.go (rows).
// docs/plan-language.md and docs/answer-language.md are the contracts behind plan and grammars.
package semantic
