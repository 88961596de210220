package evaluation

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Draft is a question that somebody should look at, and what is made of it so far.
type Draft struct {
	Question string // without personal data
	Type     string
	Plan     semantic.Plan // of any type but the ophthalmic
	Answers  []string      // of the ophthalmic: passages that were found
	Why      string        // such as thumbs_down
	Comment  string        // of whoever asked, without personal data
}

// WriteDraft writes a draft as a line of a set, in the form that ReadSet reads. Its split is dev.
func WriteDraft(w io.Writer, d Draft) error {
	var b strings.Builder
	if d.Comment != "" {
		b.WriteString("# " + strings.Join(strings.Fields(d.Comment), " ") + "\n")
	}
	fmt.Fprintf(&b, "- {q: %s, type: %s, split: dev, why: %s, ", quoted(d.Question), d.Type, d.Why)
	if d.Type == assistant.DomainOphthalmic {
		fmt.Fprintf(&b, "answers: [%s]}\n", strings.Join(d.Answers, ", "))
	} else {
		plan, err := d.Plan.MarshalJSON() // JSON is YAML
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "plan: %s}\n", plan)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// quoted is a text in double quotes as both YAML and JSON read it; what is no text in either goes.
func quoted(text string) string {
	return strconv.QuoteToGraphic(strings.Map(func(r rune) rune {
		if r < ' ' || r == '\u007f' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "")))
}
