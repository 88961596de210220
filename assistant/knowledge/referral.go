package knowledge

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// NoDiagnosis is the passage that is said to whoever asks for a diagnosis.
const NoDiagnosis = "refer-no-diagnosis"

//go:embed diagnosis.txt
var diagnosisList string

// What the names in the list stand for.
var diagnosisNames = strings.NewReplacer(
	"{whose}", `(my|his|her|their|our|your|the customer's|the patient's|(?:my |his |her |the |our )?(?:\w+'s))`,
	"{who}", `(i|he|she|they|we|you|it|someone|somebody|the customer|the patient|this customer|this patient|a customer|a patient|my \w+|his \w+|her \w+)`,
	"{illness}", `(glaucoma|cataracts?|macular|amd|retinopathy|retinal|detach\w*|infect\w*|diseases?|cancer|tumou?rs?|melanoma|keratoconus|keratitis|conjunctivitis|`+
		`pink ?eye|uveitis|iritis|stye|chalazion|blepharitis|ulcers?|abscess|shingles|herpes|stroke|blind|diabet\w*|strabismus|amblyopi\w*|lazy eye|dry eye|migraine|allerg\w*)`,
	"{complaint}", `(hurt\w*|pain\w*|ach\w*|sore|red|burn\w*|sting\w*|itch\w*|swollen|swell\w*|water\w*|blood\w*|bleed\w*|blur\w*|fuzzy|cloudy|foggy|dark|worse|gone|lost|`+
		`droop\w*|twitch\w*|flash\w*|floaters?|spots?|lump|bump|pus|discharge|crust\w*|pressure|blind|double)`,
)

var diagnosisPatterns = sync.OnceValue(func() []*regexp.Regexp {
	var out []*regexp.Regexp
	for line := range strings.Lines(diagnosisList) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		out = append(out, regexp.MustCompile(diagnosisNames.Replace(line)))
	}
	return out
})

// AsksDiagnosis says whether a question asks what is wrong with somebody's eye, or what to take for it.
// A reviewed list decides, no model: it errs towards sending people to a professional.
func AsksDiagnosis(question string) bool {
	q := strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(question, "’", "'"))), " ")
	for _, p := range diagnosisPatterns() {
		if p.MatchString(q) {
			return true
		}
	}
	return false
}

// Finding is what the corpus holds for a question.
type Finding struct {
	// Hits are the passages to answer from, the best first; none: the corpus has no answer.
	Hits []Hit
	// Diagnosis: the question asks for one. Hits then begin with the NoDiagnosis passage and hold only
	// passages about referral.
	Diagnosis bool
}

// Refer is how soon somebody should be seen, by the passages found.
func (f Finding) Refer() Urgency {
	if len(f.Hits) == 0 {
		return ""
	}
	best := f.Hits[0].Refer
	if f.Diagnosis && len(f.Hits) > 1 {
		best = f.Hits[1].Refer
	}
	return best
}

func (x *Index) finding(hits []Hit, question string) (Finding, error) {
	if !AsksDiagnosis(question) {
		return Finding{Hits: hits}, nil
	}
	no := x.corpus.Passage(NoDiagnosis)
	if no == nil {
		return Finding{}, fmt.Errorf("knowledge: the corpus has no passage %q", NoDiagnosis)
	}
	f := Finding{Diagnosis: true, Hits: []Hit{{Passage: no, Score: 1, Coverage: 1, Topical: true}}}
	for _, h := range hits {
		if h.Refer != "" && h.ID != NoDiagnosis && len(f.Hits) < MaxHits {
			f.Hits = append(f.Hits, h)
		}
	}
	return f, nil
}
