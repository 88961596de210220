// Package gbnftest reads GBNF grammars as strictly as llama.cpp does and plays the model that a grammar
// constrains: it writes random texts a grammar allows, and says whether it allows a given one. Tests
// use it to show that nothing a model may write can do harm, without a model.
//
// It knows the notation and must never know what the grammars are for.
package gbnftest
