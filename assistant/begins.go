package assistant

import (
	"context"
	"fmt"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

const (
	// beginsNotice takes the first day that anything is recorded for.
	beginsNotice = "The records begin on %s: nothing before that day is in these figures."
	// beforeRecords takes the period, as it reads after a verb, and that day.
	beforeRecords = "Nothing is recorded %s: the records begin on %s."
	// stillToCome takes the period.
	stillToCome = "Nothing is recorded %s yet: it is still to come."
)

// begins reads when the shop's records of the plan's metric begin. A period that reaches back before that day is told
// so beside its figures, since a year that was recorded in part must not pass for a weak one; and one that holds no
// recorded day has no figures: "0" would be a statement about the shop.
func (r *run) begins(ctx context.Context, s Snapshot) error {
	if today := semantic.DateOf(r.started.In(r.location)); today.Before(r.window.From) {
		r.unrecorded = fmt.Sprintf(stillToCome, r.window.Label)
		return nil
	}
	first, err := FirstDay(ctx, s, r.catalogue, r.p.Metric)
	if err != nil {
		return err
	}
	reaches := func(w semantic.Window) bool { return !w.From.IsZero() && w.From.Before(first) }
	switch {
	case first.IsZero():
	case reaches(r.window) && !first.Before(r.window.To):
		r.unrecorded = fmt.Sprintf(beforeRecords, r.window.Label, semantic.DayName(first))
	case reaches(r.window), reaches(r.against):
		r.answer.Notice = fmt.Sprintf(beginsNotice, semantic.DayName(first))
	}
	return nil
}

// FirstDay is the first day that a shop has anything recorded for a metric: the zero Date where nothing is, or where
// the catalogue does not tell it (semantic.Catalogue.Earliest).
func FirstDay(ctx context.Context, s Snapshot, c *semantic.Catalogue, metric string) (semantic.Date, error) {
	query := c.Earliest(metric, s.Dialect())
	if query == "" {
		return semantic.Date{}, nil
	}
	_, rows, err := s.Query(ctx, query, nil, 1)
	if err != nil {
		return semantic.Date{}, fmt.Errorf("the first day of %s: %w", metric, err)
	}
	if len(rows) == 0 || len(rows[0]) == 0 {
		return semantic.Date{}, nil
	}
	text, ok := rows[0][0].(string)
	if !ok {
		return semantic.Date{}, nil
	}
	return semantic.ParseDate(text)
}
