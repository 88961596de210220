// Package evaluation measures how well an assistant does on sets of questions whose right outcome somebody wrote down: plans and
// the rows they come to, kinds of question, passages on optics, and what the sentences claim. It knows the form of the sets (assistant/testdata/questions)
// and the figures; it must never know which model answers, where its data lies, or HTTP.
package evaluation
