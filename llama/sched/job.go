package sched

import (
	"time"

	"github.com/ils-platform/ilsai"
)

// Job is a submitted request on its way through a Source and a slot. A Source reads it; only the
// scheduler changes it.
type Job struct {
	req     Request
	sampler Sampler
	stream  *Stream
	text    assembler
	lead    []Token // forced before anything is sampled: fed with the prompt, delivered with the first token
	known   int     // of result.Tokens, those the sampler chose or has accepted
	piece   []byte  // the bytes of one token, kept to be used again
	forget  func() bool
	stalls  int // times it found no room though it was alone, since it said its last token
	stalled int // how much it had said then

	submitted time.Time
	admitted  time.Time
	first     time.Time // when the first token was sampled
	result    Result
}

// Request is the request as submitted; not to be changed.
func (j *Job) Request() *Request { return &j.req }

// Submitted is when the job was submitted.
func (j *Job) Submitted() time.Time { return j.submitted }

// Over tells whether a job has been cancelled or is past its deadline; a Source need not keep it.
func (j *Job) Over(now time.Time) bool {
	return j.stream.cancelled.Load() || !j.req.Deadline.IsZero() && !now.Before(j.req.Deadline)
}

// cached is the text capacity to start with: enough for most answers without growing in the loop.
func textCapacity(maxTokens int) int { return min(8*maxTokens+64, 16<<10) }

// start restores what a slot has to feed: the prompt, and after being put back also what was
// generated already. skip tokens come from a prefix.
func (j *Job) start(skip int) []Token {
	said := j.said()
	if len(said) == 0 {
		return j.req.Prompt[skip:]
	}
	all := make([]Token, 0, len(j.req.Prompt)-skip+len(said))
	return append(append(all, j.req.Prompt[skip:]...), said...)
}

// said is what follows the prompt.
func (j *Job) said() []Token {
	if len(j.result.Tokens) == 0 {
		return j.lead
	}
	return j.result.Tokens
}

// unknown is what the sampler has yet to accept of what it will have been fed.
func (j *Job) unknown() []Token { return j.said()[j.known:] }

// accept takes a sampled token, and what is forced after it, and tells whether the last was among them.
func (j *Job) accept(t Token, eog bool, b Backend) (Finish, bool) {
	if len(j.result.Tokens) == 0 {
		for _, t := range j.lead {
			j.take(t, b) // cannot end it: see leadOf
		}
		j.result.ForcedTokens += len(j.lead)
	}
	if eog {
		j.result.CompletionTokens++
		return FinishEOS, true
	}
	finish, over := j.take(t, b)
	j.known = len(j.result.Tokens)
	if over || j.req.Guide == nil {
		return finish, over
	}
	forced, end := j.req.Guide.Forced(j.result.Tokens)
	vocab := Token(b.Shape().Vocab)
	for _, t := range forced {
		if t < 0 || t >= vocab {
			return "", false // it would fail the whole batch; the sampler goes on alone
		}
		j.result.ForcedTokens++
		if finish, over := j.take(t, b); over {
			return finish, over
		}
	}
	if end {
		j.result.CompletionTokens++
		j.result.ForcedTokens++
		return FinishEOS, true
	}
	return "", false
}

// take appends a token to what has been said and tells whether it was the last.
func (j *Job) take(t Token, b Backend) (Finish, bool) {
	j.result.CompletionTokens++
	j.result.Tokens = append(j.result.Tokens, t)
	j.piece = b.AppendPiece(j.piece[:0], t)
	stopped := j.text.push(j.piece)
	j.stream.append(&j.text, stopped)
	switch {
	case stopped:
		return FinishStop, true
	case len(j.result.Tokens) >= j.req.MaxTokens:
		return FinishLength, true
	}
	return "", false
}

// end completes the stream and gives back what the job holds.
func (j *Job) end(finish Finish, err error, now time.Time) {
	j.forget()
	j.stream.append(&j.text, true)
	r := &j.result
	r.Finish = finish
	switch {
	case j.admitted.IsZero():
		r.Queued = now.Sub(j.submitted)
	case j.first.IsZero():
		r.Queued, r.Prefill = j.admitted.Sub(j.submitted), now.Sub(j.admitted)
	default:
		r.Queued, r.Prefill, r.Decode = j.admitted.Sub(j.submitted), j.first.Sub(j.admitted), now.Sub(j.first)
	}
	if cerr := j.sampler.Close(); err == nil && cerr != nil {
		err = ilsai.Wrap(ilsai.CodeInternal, cerr, "closing the sampler")
	}
	j.stream.end(*r, err)
}

// overError is what a job that is Over ends with.
func (j *Job) overError() (Finish, error) {
	if j.stream.cancelled.Load() {
		return FinishCancel, ilsai.Errorf(ilsai.CodeCanceled, "the request was cancelled")
	}
	return FinishDeadline, ilsai.Errorf(ilsai.CodeDeadline, "the request did not finish in time")
}
