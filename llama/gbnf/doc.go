// Package gbnf reads grammars in llama.cpp's notation and follows them beside llama.cpp, to see where a
// text has only one way to go on.
//
// Parse compiles a grammar once; a Matcher stands somewhere in it:
//
//	Accept   walks on by a text and tells whether the grammar allows it
//	Forced   tells what must come next, up to the first choice, and what may come there
//
// A Matcher keeps the set of places the text so far may have led to, each a program counter and a stack of
// rules to return to. Stacks are immutable and shared, so copying a Matcher is a snapshot. Sizes are bounded:
// a Matcher whose set or stacks grow beyond the bounds is lost, which means that it allows nothing any more,
// never that it is slow. Whether a grammar is safe for llama.cpp is for llama.CheckGrammar to say.
//
// The package is pure text: it must never know tokens, models or what a grammar is for.
package gbnf
