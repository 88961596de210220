package assistant

import (
	"strings"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// The profiles a model file can name in its key ilsai.profile.
const (
	ProfileCompact  = "compact"  // a model trained on this catalogue: the question alone
	ProfileInstruct = "instruct" // a general instruction model: the catalogue is described
)

// profile makes the prompts of the two generations. What all tenants share comes first, in system.
type profile struct {
	plan   func(*semantic.Catalogue, asking) prompt
	answer func(*semantic.Catalogue, asking, *sheet) prompt
	// route asks for the kind of a question; last is that of the conversation's last answer, "" for none.
	route func(question, last string) prompt
	quote func(asking, *excerpt) prompt
	// quotesFreely: the model may choose among all passages found and write sentences of its own about them.
	quotesFreely bool
	// planAgain asks once more, after what was no plan. nil: asking again would change nothing.
	planAgain func(prompt, *notAPlanError) prompt
}

// prompt is the two messages of a chat. system holds nothing of any tenant.
type prompt struct{ system, user string }

// asking is the question with what a prompt may tell of its tenant.
type asking struct {
	question string         // normalised
	previous *semantic.Plan // that the question may go on from; nil: none
	linked   string         // which words of the two are values of the shop, see semantic.Values.Linked
	shop     string
	currency string
	today    semantic.Date
}

func (r *run) asking() asking {
	return asking{question: r.text, previous: r.previous, shop: semantic.Normalize(r.question.Tenant.Name), currency: r.question.Tenant.Currency,
		today: semantic.DateOf(r.started.In(r.location))}
}

var profiles = map[string]profile{
	"":              compact,
	ProfileCompact:  compact,
	ProfileInstruct: instruct,
}

// compact is docs/plan-language.md and docs/answer-language.md to the letter: the default model learned exactly these
// prompts. A question is one line, so no question can pass for what stands before it.
var compact = profile{
	route: compactRoute,
	quote: compactQuote,
	plan: func(c *semantic.Catalogue, a asking) prompt {
		user := strings.ToLower(a.question)
		if a.linked != "" {
			user = a.linked + "\n" + user
		}
		if a.previous != nil {
			user = a.previous.String() + "\n" + user
		}
		return prompt{system: "plan " + c.Domain, user: user}
	},
	answer: func(c *semantic.Catalogue, a asking, s *sheet) prompt {
		return prompt{system: "answer " + c.Domain, user: strings.ToLower(a.question) + "\n" + s.facts}
	},
}
