package engine

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
)

// maxBytesPerToken bounds a text before it is tokenized: no text worth answering packs more than
// this into each token, so a longer one cannot fit the context, and refusing it costs nothing.
const maxBytesPerToken = 32

// prompter renders prompts. What the template writes between the messages is tokenized once, with
// control tokens; the messages themselves are tokenized apart, as plain text, so that a typed
// "<|eot_id|>" stays what it is: nine characters.
type prompter struct {
	model         *llama.Model
	contextPerSeq int
	preamble      string // of the model's template

	mu     sync.Mutex
	frames map[string]frame // by the roles of the messages; nil: none are kept
}

// frame is what a template puts before, between and after the messages: one part more than messages.
type frame [][]llama.Token

func newPrompter(m *llama.Model, contextPerSeq int) *prompter {
	return &prompter{model: m, contextPerSeq: contextPerSeq, preamble: preamble(m.ChatTemplate()), frames: map[string]frame{}}
}

// forChats renders as p does, for clients who choose the shape of a conversation: they neither fill the memory of shapes nor hold
// the lock that everybody's prompts need.
func (p *prompter) forChats() *prompter {
	return &prompter{model: p.model, contextPerSeq: p.contextPerSeq, preamble: p.preamble}
}

// render returns the tokens of a prompt, and how many of them come before the last message.
func (p *prompter) render(messages []llama.Message) (tokens []llama.Token, beforeLast int, err error) {
	f, err := p.frame(messages)
	if err != nil {
		return nil, 0, err
	}
	for i, m := range messages {
		tokens = append(tokens, f[i]...)
		beforeLast = len(tokens)
		if len(m.Content) > maxBytesPerToken*p.contextPerSeq {
			return nil, 0, ilsai.Errorf(ilsai.CodeTooLarge, "a text of %d bytes is more than the model can read", len(m.Content))
		}
		// Templates trim the messages they render; ours are put in afterwards.
		text, err := p.model.Tokenize(strings.TrimSpace(m.Content), false)
		if err != nil {
			return nil, 0, notTokenized(err)
		}
		tokens = append(tokens, text...)
	}
	return append(tokens, f[len(messages)]...), beforeLast, nil
}

func notTokenized(err error) error {
	if errors.Is(err, llama.ErrClosed) {
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "the server is stopping")
	}
	return ilsai.Wrap(ilsai.CodeInternal, err, "the prompt cannot be tokenized")
}

func (p *prompter) frame(messages []llama.Message) (frame, error) {
	if p.frames == nil {
		return p.newFrame(messages)
	}
	var key strings.Builder
	for _, m := range messages {
		key.WriteString(m.Role + "\n")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, ok := p.frames[key.String()]; ok {
		return f, nil
	}
	f, err := p.newFrame(messages)
	if err == nil && len(p.frames) < 64 { // long conversations have ever new shapes
		p.frames[key.String()] = f
	}
	return f, err
}

// newFrame renders marks instead of the messages and cuts the text at them.
func (p *prompter) newFrame(messages []llama.Message) (frame, error) {
	marked := make([]llama.Message, len(messages))
	for i, m := range messages {
		marked[i] = llama.Message{Role: m.Role, Content: mark(i)}
	}
	text, err := p.model.ApplyTemplate(marked, true)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeModelFile, err, "the model's chat template cannot be used")
	}
	text = withPreamble(text, p.preamble, messages)
	var f frame
	for i := range messages {
		before, after, ok := strings.Cut(text, mark(i))
		if !ok {
			return nil, ilsai.Errorf(ilsai.CodeModelFile, "the model's chat template drops or reorders messages")
		}
		if f, err = p.appendPart(f, before); err != nil {
			return nil, err
		}
		text = after
	}
	return p.appendPart(f, text)
}

func (p *prompter) appendPart(f frame, text string) (frame, error) {
	tokens, err := p.model.Tokenize(text, true)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeModelFile, err, "the model's chat template cannot be tokenized")
	}
	bos := p.model.BOS()
	if len(f) == 0 && bos >= 0 && (len(tokens) == 0 || tokens[0] != bos) {
		tokens = append([]llama.Token{bos}, tokens...)
	}
	return append(f, tokens), nil
}

func mark(i int) string { return fmt.Sprintf("@@message-%d@@", i) }
