package engine

import "github.com/ils-platform/ilsai/llama"

// Render is what a conversation is put before the model as.
func (e *Engine) Render(messages []Message) ([]llama.Token, error) {
	tokens, _, err := e.prompts.render(messages)
	return tokens, err
}
