package tenancy

import "github.com/ils-platform/ilsai"

// LimitsOverride changes single limits of one tenant's tier. nil leaves the tier's limit.
type LimitsOverride struct {
	QueriesPerMonth   *int `json:"queries_per_month,omitempty"`
	QueriesPerMinute  *int `json:"queries_per_minute,omitempty"`
	MaxTokensPerQuery *int `json:"max_tokens_per_query,omitempty"`
}

// Apply is limits with the overridden ones replaced.
func (o LimitsOverride) Apply(limits Limits) Limits {
	for _, f := range []struct{ from, to *int }{
		{o.QueriesPerMonth, &limits.QueriesPerMonth}, {o.QueriesPerMinute, &limits.QueriesPerMinute},
		{o.MaxTokensPerQuery, &limits.MaxTokensPerQuery},
	} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return limits
}

// Validate refuses what is neither a limit nor Unlimited, as ilsai.CodeInvalid. The tokens of an
// answer are never unlimited: they bound the memory and the time of one question.
func (o LimitsOverride) Validate() error {
	for _, v := range []*int{o.QueriesPerMonth, o.QueriesPerMinute} {
		if v != nil && *v < Unlimited {
			return ilsai.Errorf(ilsai.CodeInvalid, "a limit is a count, or -1 for no limit")
		}
	}
	if v := o.MaxTokensPerQuery; v != nil && *v < 1 {
		return ilsai.Errorf(ilsai.CodeInvalid, "the tokens of an answer are limited to at least 1")
	}
	return nil
}
