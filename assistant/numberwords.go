package assistant

import (
	"regexp"
	"strings"
)

// Numbers in letters. A grammar cannot tell them from other words, and a server elsewhere is held to no grammar
// at all, so an answer's words are looked through here. It knows English, in which answers are asked for, and the
// commonest words of the languages a model may fall into.

// countWords are those that can tell how many rows there are.
var countWords = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "fifty": 50,
}

var (
	// numeral is a number written together, as itself, as a part, a multiple or a rank: fortyfive, tens, twentieth, threefold.
	numeral = regexp.MustCompile(`^(` + numeralPart + `)(?:and)?(` + numeralPart + `)*(s|th|ths|fold|ish|some|odd|plus|x)?$` +
		`|^(twent|thirt|fort|fift|sixt|sevent|eight|ninet)(ies|ieths?)$`)
	// roman is a Roman numeral of two letters or more.
	roman = regexp.MustCompile(`^M{0,4}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})$`)
	// part is a rank, or a fraction when something follows that it is of; parts are always fractions.
	part  = regexp.MustCompile(`^(third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth)$`)
	parts = regexp.MustCompile(`^(thirds|fourths|fifths|sixths|sevenths|eighths|ninths|tenths)$`)
)

const numeralPart = `one|two|three|four(?:teen)?|five|six(?:teen|ty)?|seven(?:teen|ty)?|eight(?:een|y)?|nine(?:teen|ty)?|ten|eleven|twelve|thirteen|thirty|` +
	`forty|fifteen|fifty|twenty|hundred|thousand|million|billion|trillion|zero|zillion|dozen`

// otherNumbers are no numerals in English, but say a number.
var otherNumbers = wordSet(`
	k m mn mm bn tn mio mrd grand couple couples score nil naught nought minus negative
	half halve halves halved halving double doubles doubled doubling twice thrice triple triples tripled tripling treble trebled
	quadruple quadrupled quadrupling quintuple quintupled
	null eins zwei drei vier sechs sieben acht neun zehn elf zwanzig hundert tausend million millionen prozent halb doppelt
	deux trois quatre cinq sept huit neuf onze douze vingt trente cinquante mille
	dos cuatro cinco siete ocho nueve diez veinte treinta cincuenta cien ciento mil mitad doble
	quattro cinque sette otto nove dieci venti cento mila doppio`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// statesNumber says whether a word without digits is a number, or a part or multiple of one.
func statesNumber(word string, ofSomething bool) bool {
	lower := strings.ToLower(word)
	switch {
	case numeral.MatchString(lower) && !part.MatchString(lower), otherNumbers[lower], parts.MatchString(lower):
		return true
	case part.MatchString(lower) && ofSomething:
		return true
	}
	return len(word) > 1 && roman.MatchString(word)
}
