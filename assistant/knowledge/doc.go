// Package knowledge is what the assistant knows of optics: a corpus of short passages for the staff of
// optical shops, each with its sources, and the search that finds those a question is about.
//
// It knows optics, the words of the trade and which questions ask for a diagnosis. It must never know a
// tenant, a model or where an answer goes, and it says nothing itself: whoever answers quotes passages.
//
// Passages are in passages/*.yaml; corpus.go is how they are read, question.go how a question is, search.go how
// passages are found, rank.go and wording.go in which order, referral.go which questions ask for a diagnosis.
package knowledge
