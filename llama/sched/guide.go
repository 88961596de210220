package sched

// Guide knows where a generation has only one way to go on, so that those tokens need not be sampled. It
// serves one generation. What it returns is the caller's.
type Guide interface {
	// Forced returns the tokens that must follow generated, all tokens so far, and whether the generation ends
	// after them. They must be what sampling would have come to: they are fed, delivered and counted as if it had.
	// generated is what the last call was given, what of its answer was taken, and one sampled token; it must
	// be neither kept nor changed. The first call, by Submit and with none, asks for what comes before
	// any sampled token; all others are made by the loop, which nobody else may wait for: Forced must not wait either.
	Forced(generated []Token) (next []Token, end bool)
}

// leadOf is what is forced at the beginning. It goes through the model with the prompt and is delivered with
// the first sampled token, so that a request which ends before that has generated nothing. It must not end the
// generation itself: at least one token is sampled, and with stop strings nothing is forced here.
func leadOf(r *Request, vocab int) []Token {
	if r.Guide == nil || len(r.Stop) > 0 {
		return nil
	}
	lead, _ := r.Guide.Forced(nil)
	for i, t := range lead {
		if t < 0 || int(t) >= vocab || i == r.MaxTokens-1 {
			return lead[:i]
		}
	}
	return lead
}
