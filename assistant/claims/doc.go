// Package claims reads what the sentences of an answer claim about its rows, and recomputes it: which way a figure went, which row is the highest or the
// last, how many there are, what they come to, whether a period still goes on. It knows English words and rows of figures;
// it must never know how a sentence came about, what the model was told of the rows, or any catalogue.
package claims
