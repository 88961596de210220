// Package demo makes three demo shops, so that a fresh checkout has someone to answer: tenants in
// the control database and, for each, eighteen months of optical retail that end today: sales, the
// stock that moved with them, and the anonymised files of the patients among the customers.
//
// It knows the schemas of the shipped catalogues and how an optical shop works. It must never
// know HTTP, a model, or how a question is answered; nothing but the demo and tests may depend on it.
//
// All of it is invented. Each day of a shop is a pure function of (seed, first day, day), so the same
// seed and day always give the same rows, and a demo started days later continues its own history.
package demo
