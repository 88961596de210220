package remote

// Usage counts tokens.
type Usage struct {
	PromptTokens     int // cached ones included
	CachedTokens     int
	CompletionTokens int
	Estimated        bool // the server gave no figures, or none that can be
}

// Bounds of what can be, and what is assumed when nothing is known. No text worth reading packs more than 32 bytes
// into each token, no tokenizer makes more tokens than bytes, and a chat template adds its own.
const (
	mostBytesPerToken  = 32
	usualBytesPerToken = 4
	templateTokens     = 256 // of a template at all
	templateTokensEach = 16  // per message
)

// wireUsage is what a server says.
type wireUsage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Details    *struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
}

// checked returns the server's figures if they can be those of this request and this text, or an estimate.
func (u *wireUsage) checked(r Request, text string) Usage {
	if u == nil {
		return estimated(r, text)
	}
	sent := promptBytes(r)
	switch {
	case u.Prompt < int64(sent/mostBytesPerToken), u.Prompt < 1, u.Prompt > int64(sent+templateTokens+templateTokensEach*len(r.Messages)),
		u.Completion < int64(len(text)/mostBytesPerToken), text != "" && u.Completion < 1, u.Completion > int64(r.MaxTokens):
		return estimated(r, text)
	}
	out := Usage{PromptTokens: int(u.Prompt), CompletionTokens: int(u.Completion)}
	if d := u.Details; d != nil && d.Cached >= 0 && d.Cached <= u.Prompt {
		out.CachedTokens = int(d.Cached)
	}
	return out
}

// estimated is what a request and its text are taken for without figures.
func estimated(r Request, text string) Usage {
	return Usage{PromptTokens: promptBytes(r)/usualBytesPerToken + 1, CompletionTokens: min(r.MaxTokens, ceil(len(text), usualBytesPerToken)), Estimated: true}
}

func promptBytes(r Request) int {
	n := 0
	for _, m := range r.Messages {
		n += len(m.Content)
	}
	return n
}

func ceil(n, by int) int { return (n + by - 1) / by }

// cost is what the fair queue charges: a generated token is two of the prompt, and what was computed before is free.
func (u Usage) cost() float64 {
	return float64(u.PromptTokens-u.CachedTokens) + 2*float64(u.CompletionTokens)
}

// most is the cost if all that was asked for is generated.
func (u Usage) most(r Request) float64 {
	u.CompletionTokens = r.MaxTokens
	return u.cost()
}
