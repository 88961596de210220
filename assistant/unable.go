package assistant

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// suggested is how many questions are offered in place of one that cannot be answered.
const suggested = 3

// unsupportedSentences tell why, by reason; %s is the domain's title in lower case.
var unsupportedSentences = map[semantic.Reason]string{
	semantic.OffTopic:  "I answer questions about this shop's %s.",
	semantic.NotInData: "The %s data I can read does not hold that.",
	semantic.Forecast:  "I report what the %s data has recorded and make no forecasts.",
	semantic.Cause:     "I can show what happened in the %s data, not why it happened or what to do about it.",
}

// unsupported is the answer to a question outside the catalogue.
func (r *run) unsupported() Answer {
	r.answer.Suggestions = suggestions(r.catalogue.Suggestions, r.text)
	why := fmt.Sprintf(unsupportedSentences[r.p.Unsupported], strings.ToLower(r.catalogue.Title))
	r.answer.Answer = fmt.Sprintf("I can't answer that yet. %s Try: %s", why, strings.Join(r.answer.Suggestions, " · "))
	return r.finish()
}

// reasonTooLong is Answer.Reason when the model cannot read as much as was asked, or its plan would name too much: letters of
// some scripts take it several steps each, so that the bound of characters is none for it.
const reasonTooLong = "too_long"

func (r *run) tooLong() Answer {
	r.answer.Reason = reasonTooLong
	r.answer.Answer = "I can't answer that: the question is longer than I can read. Ask for one thing at a time."
	if r.catalogue != nil { // else nobody knows what it was about
		r.answer.Suggestions = suggestions(r.catalogue.Suggestions, r.text)
		r.answer.Answer += " Try: " + strings.Join(r.answer.Suggestions, " · ")
	}
	return r.finish()
}

// suggestions picks three neighbours, the first by the question: the same question always gets the
// same ones, and different questions show the whole list in time.
func suggestions(all []string, question string) []string {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(question)))
	var out []string
	for i := range min(suggested, len(all)) {
		out = append(out, all[(int(h.Sum32()%uint32(len(all)))+i)%len(all)])
	}
	return out
}

// unknown is the answer to a question that names something the shop does not have: no figure, and what
// it may have meant.
func (r *run) unknown(u *semantic.UnknownValueError) Answer {
	asked := r.people.hidden(u.Span)
	hidden := r.p
	hidden.Where = nil
	for _, span := range r.p.Where {
		hidden.Where = append(hidden.Where, r.people.hidden(span))
	}
	r.answer.Plan.Plan, r.answer.PlanWords = &hidden, semantic.Words(r.catalogue, hidden, nil)
	r.answer.Unknown = &UnknownWord{Asked: asked, Nearest: hideValues(r.catalogue, u.Nearest)}
	text := fmt.Sprintf("I found nothing called “%s” in this shop's %s.", asked, strings.ToLower(r.catalogue.Title))
	if len(u.Nearest) > 0 {
		text += " The nearest I have: " + strings.Join(r.answer.Unknown.Nearest, ", ") + "."
	}
	r.answer.Answer = text
	return r.finish()
}
