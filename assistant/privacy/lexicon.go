package privacy

// entry is what the tables say of a word: the scanner looks each word up once.
type entry struct {
	context context
	is      trait
}

// trait is a table that has the word.
type trait uint16

const (
	phraseEnd trait = 1 << iota // the second word of a phrase
	month
	given // name
	ofTrade
	everyday
	streetAfter
	streetShort
	streetBefore
)

// lexicon holds folded words in lower case.
var lexicon = func() map[string]entry {
	m := map[string]entry{}
	for w, k := range words {
		m[w] = entry{context: k}
	}
	for is, table := range map[trait]map[string]bool{
		phraseEnd: seconds, month: months, given: givenNames, ofTrade: trade, everyday: common,
		streetAfter: streetsAfter, streetShort: streetsShort, streetBefore: streetsBefore,
	} {
		for w := range table {
			e := m[w]
			e.is |= is
			m[w] = e
		}
	}
	return m
}()
