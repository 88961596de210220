// Package attacktest holds the attack corpora, one per database engine, as data with what each statement
// tries, and reports what became of them.
//
// It is never linked into the program. It must never know a driver or how a wall is built.
package attacktest
