// Package insight tells what a shop may want to know before anybody asks: which questions its data can answer now,
// what a search term may mean, and what has changed. Nothing is generated; every figure is a cell of a plan's table,
// read as answers are, so what a protected catalogue does not show is not told here either.
//
// It knows catalogues, plans and snapshots, and keeps for each tenant what it found, for that tenant alone. It must
// never know a model, HTTP, tiers (the caller names the domains that may be told of) or users.
package insight
